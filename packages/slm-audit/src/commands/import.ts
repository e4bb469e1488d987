import { AuditError } from '@slm-audit/core/reader'
import { openLogSource, readIdentities } from '@slm-audit/file'
import { importLog } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { EXIT } from '../base/exit-codes.ts'
import { judgesEvidence } from '../config/judging.ts'
import { visibleJson } from '../render/columns.ts'
import { counted } from '../render/figures.ts'
import { progressBar } from '../render/progress-bar.ts'
import { renderVerification } from '../render/verification.ts'
import type { Terminal } from '../terminal.ts'
import { contentsKeysOption, unlockContents } from './with-reader.ts'

interface Options {
  readonly into: string
  readonly identity?: string
  readonly json?: boolean
  readonly contentsKeys?: string
}

/** `slm-audit import`: a log from files into a database, once it is verified. */
export function addImport(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('import')
    .description('verifies a log in files and copies it, record for record, into a database')
    .argument(
      '<path>',
      'a directory of fileJournal or fileExporter, or a file of export --format jsonl'
    )
    .requiredOption(
      '--into <file>',
      'a new database, or one that an earlier import of this log made'
    )
    .option('--identity <file>', 'age identities, for what is encrypted')
    .option('--json', 'one JSON document, for programs')
    .addHelpText(
      'after',
      '\nexit codes: 0 imported, 1 a flaw and nothing imported, 2 could not look'
    )
  judgesEvidence(contentsKeysOption(command)).action(async (path: string, options: Options) => {
    const { into, identity, json } = options
    unlockContents(path, options.contentsKeys)
    const identities = identity === undefined ? [] : readIdentities(identity)
    const source = await openLogSource(path, { identities })
    const onProgress = (done: number, of: number) => terminal.progress(progressBar(done, of))
    const report = await source.verify({ onProgress })
    terminal.progress('')
    if (!json) terminal.print(renderVerification(report, terminal))
    if (report.flaw) {
      if (json) terminal.print(visibleJson({ into, added: 0, report }))
      terminal.explain('nothing was imported')
      finish(EXIT.flaw)
      return
    }
    if (source.size === 0) throw new AuditError('not_found', `${path} holds no records`)
    try {
      const { origin, added, size } = await importLog(into, source, onProgress)
      terminal.progress('')
      terminal.print(
        json
          ? visibleJson({ into, origin, records: size, added, report })
          : `${into} holds the log ${origin}: ${counted(size, 'record')}, ${added} of them new`
      )
    } catch (error) {
      if (!AuditError.is(error) || error.code !== 'bad_record') throw error
      terminal.progress('')
      const { message } = error
      terminal.print(
        json
          ? visibleJson({ into, added: 0, report, problem: message })
          : terminal.style('red', `✗ ${message}`)
      )
      terminal.explain('nothing was imported')
      finish(EXIT.flaw)
    }
  })
}
