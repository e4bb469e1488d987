import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { AuditError, readTime } from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError } from 'commander'
import { EXIT } from '../../base/exit-codes.ts'
import { isLogAddress } from '../../base/log-address.ts'
import { judgesEvidence } from '../../config/judging.ts'
import { endedOnSignals } from '../../export/discarded-on-signals.ts'
import { writeEvidence } from '../../export/evidence/write-evidence.ts'
import { openExportedLog } from '../../export/exported-log.ts'
import { OutputFolder } from '../../export/output-folder.ts'
import { visibleJson } from '../../render/columns.ts'
import { progressBar } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'
import { type AccessWords, accessIn, accessOptions } from '../access.ts'
import { existingFile, existingLog, keyOptions, openLogReader } from '../with-reader.ts'
import { identityOption, logOption } from './admin-of.ts'

interface Options extends AccessWords {
  readonly from?: string
  readonly to?: string
  readonly out: string
  readonly sample: number
  readonly file?: string
  readonly keyFile?: string
  readonly contentsKeys?: string
  readonly identity?: string
  readonly json?: boolean
  readonly utc?: boolean
}

/** `slm-audit evidence`: a folder for an auditor. */
export function addEvidence(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('evidence')
    .description('writes what the log shows of a period, control by control, for an auditor')
    .requiredOption(
      '-o, --out <folder>',
      'where it goes; made, and not written into where it is there'
    )
    .option('--from <when>', 'records at or after: 2026-01-31, 90d, …; all unless given')
    .option('--to <when>', 'records before')
    .option('--sample <count>', 'how many calls are proved', toCount, 20)
    .option('--json', 'one JSON document, for programs')
    .option('--utc', 'times meant in UTC, not by the clock here')
  const named = identityOption(logOption(command))
  judgesEvidence(keyOptions(accessOptions(named))).action(async (options: Options) => {
    const file = logIn(options)
    const folder = options.out
    if (existsSync(folder)) {
      throw new AuditError('bad_option', `${folder} is there already; name a new folder with --out`)
    }
    const access = accessIn(options)
    await using reader = await openLogReader(options, { isExport: true })
    const { identity } = options
    await using log = await openExportedLog(file, { access, identity, ownWordsOnly: true })
    using output = new OutputFolder(folder, file, terminal)
    using _ = endedOnSignals(terminal, () => {
      rmSync(folder, { recursive: true, force: true })
      return 'no folder was written'
    })
    const pack = await writeEvidence(reader, log, {
      ...{ period: periodOf(options), folder, output, sample: options.sample },
      onProgress: (done, of) => terminal.progress(progressBar(done, of))
    })
    terminal.progress('')
    const { report, facts, proofs } = pack
    if (report.flaw) finish(EXIT.flaw)
    if (options.json) {
      const { auditIds: _ids, ...counts } = facts
      terminal.print(visibleJson({ folder, proofs: proofs.length, ...counts }))
      return
    }
    const mark = report.flaw ? terminal.style('red', '✗ ') : terminal.style('green', '✓ ')
    terminal.print(
      `${mark}${facts.calls.toLocaleString('en')} calls, ${proofs.length.toLocaleString('en')} proofs, verdict ${report.verdict}: ${folder}/evidence.html`
    )
    terminal.explain(
      'give the auditor the folder, and the keys in policy.txt by another way as well'
    )
  })
}

/** The log that is meant: of a server its address, of files the whole path. */
function logIn(options: Options): string {
  const found = existingFile(options)
  return isLogAddress(found) ? found : resolve(existingLog(options))
}

function periodOf({ from, to, utc }: Options) {
  const clock = utc ? 'utc' : 'local'
  return {
    ...(from !== undefined && { from: readTime('--from', from, clock) }),
    ...(to !== undefined && { to: readTime('--to', to, clock) })
  }
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 1 && count <= 10_000) return count
  throw new InvalidArgumentError('It takes a whole number from 1 to 10000.')
}
