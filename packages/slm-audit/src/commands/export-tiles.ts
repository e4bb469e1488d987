import { existsSync, statSync } from 'node:fs'
import { writeTileTree } from '@slm-audit/core/node'
import { AuditError, denied } from '@slm-audit/core/reader'
import { type ExportTilesOptions, exportTiles } from '@slm-audit/sqlite'
import { isLogAddress, loadPostgres } from '../base/log-address.ts'
import { exportedView, openFiles } from '../export/exported-log.ts'
import { counted } from '../render/figures.ts'
import type { Terminal } from '../terminal.ts'
import { type AccessWords, accessIn } from './access.ts'
import { FlawWarnings } from './flaw-warnings.ts'
import { existingDatabase, existingFile, isDirectory, unlockServer } from './with-reader.ts'

/** The log that is meant, and the age identities of one in files. */
interface TiledWords {
  readonly file?: string
  readonly identity?: string
  readonly contentsKeys?: string
}

/** `slm-audit export --tiles`: the log as files that other programs verify. */
export async function writeTiles(
  directory: string,
  options: AccessWords & TiledWords & { readonly contents: boolean },
  terminal: Terminal,
  finish: (exitCode: number) => void
): Promise<void> {
  if (existsSync(directory) && !statSync(directory).isDirectory()) {
    throw new AuditError('bad_option', `--tiles ${directory}: it is a file; name a folder`)
  }
  const warnings = new FlawWarnings(terminal, finish)
  const size = await exportTo(directory, options, {
    contents: options.contents,
    access: accessIn(options),
    onFlaw: (flaw) => warnings.add(flaw),
    onProgress: (done, of) => terminal.progress(`${done} of ${of} records`)
  })
  terminal.progress('')
  warnings.end()
  terminal.print(`${counted(size, 'record')} ${size === 1 ? 'is' : 'are'} in ${directory}`)
  terminal.explain('check them with npx @slm-audit/verify; slm-audit key prints a policy for it')
}

async function exportTo(
  directory: string,
  options: TiledWords,
  tree: ExportTilesOptions
): Promise<number> {
  const file = existingFile(options)
  const { access, ...written } = tree
  if (isDirectory(file)) {
    const { identity } = options
    const isWithout = written.contents === false
    const log = await openFiles(file, {
      ...{ identity, ownWordsOnly: isWithout },
      ...(access && { access })
    })
    return await writeTileTree(log, directory, written)
  }
  if (!isLogAddress(file)) return exportTiles(existingDatabase(options), directory, tree)
  const ownWordsOnly = written.contents === false
  await unlockServer(file, options.contentsKeys)
  await using log = await (await loadPostgres()).openPostgresLog({
    ...{ url: file, ownWordsOnly },
    ...(access && { access })
  })
  if ((await exportedView(file, access)) !== 'whole' && written.contents !== false)
    throw denied('tiles hold whole contents; leave contents out (--no-contents)')
  return await writeTileTree(log, directory, written)
}
