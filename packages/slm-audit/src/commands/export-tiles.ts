import { exportTiles } from '@slm-audit/sqlite'
import type { Terminal } from '../terminal.ts'
import { FlawWarnings } from './flaw-warnings.ts'
import { existingDatabase } from './with-reader.ts'

/** `slm-audit export --tiles`: the log as files that other programs verify. */
export function writeTiles(
  directory: string,
  options: { readonly file?: string; readonly contents: boolean },
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const warnings = new FlawWarnings(terminal, finish)
  const size = exportTiles(existingDatabase(options), directory, {
    contents: options.contents,
    onFlaw: (flaw) => warnings.add(flaw),
    onProgress: (done, of) => terminal.progress(`${done} of ${of} records`)
  })
  terminal.progress('')
  warnings.end()
  terminal.print(`${size} records are in ${directory}`)
  terminal.explain('check them with npx @slm-audit/verify; slm-audit key prints a policy for it')
}
