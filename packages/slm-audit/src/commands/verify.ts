import { existsSync, readFileSync, statSync } from 'node:fs'
import { messageOf } from '@slm-audit/core/journal'
import {
  AuditError,
  nothingChecked,
  type Reader,
  type VerifyOptions,
  type VerifyReport
} from '@slm-audit/core/reader'
import { parseCheckpoint, parseTrustPolicy } from '@slm-audit/core/tlog'
import { checkIndex } from '@slm-audit/sqlite'
import { type Command, InvalidArgumentError } from 'commander'
import { EXIT } from '../base/exit-codes.ts'
import { archivePlace, isArchiveAddress, isLogInFiles, loadS3 } from '../base/log-address.ts'
import { usualFile } from '../config/defaults.ts'
import { judgesEvidence } from '../config/judging.ts'
import { writeOutput } from '../export/output.ts'
import { visibleJson } from '../render/columns.ts'
import { renderIndexCheck } from '../render/index-check.ts'
import { progressBar } from '../render/progress-bar.ts'
import { renderVerification } from '../render/verification.ts'
import type { Terminal } from '../terminal.ts'
import { warnOfWaiting } from './warn-of-waiting.ts'
import {
  existingDatabase,
  existingFile,
  type ReadOptions,
  readOptions,
  withReader
} from './with-reader.ts'

interface Options extends ReadOptions {
  readonly against?: string
  readonly since?: string
  readonly save?: string
  readonly strict?: boolean
  readonly index?: boolean
  readonly signingKey?: string
  readonly organisations?: number
}

/** `slm-audit verify`: recomputes the log from its stored bytes. */
export function addVerify(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('verify')
    .description('recomputes the log from its stored bytes and names the first flaw')
    .argument('[log]', 'the same as --file; also an archive, s3://bucket/prefix')
    .option(
      '--against <file>',
      'a checkpoint that was kept elsewhere, or a policy (c2sp.org/tlog-policy)'
    )
    .option(
      '--since <file|index>',
      'begin where an earlier verification ended: its checkpoint, or an index'
    )
    .option('--save <file>', 'keep the newest verified checkpoint there, for --since and --against')
    .option('--index', 'compare the index, which lists and searches use, with the records as well')
    .option(
      '--organisations <count>',
      'with a policy: of how many organisations witnesses must have cosigned',
      parseOrganisations
    )
    .option(
      '--signing-key <path>',
      'the private key where it is not beside the log: the head kept beside it is compared; the key is not read'
    )
    .option(
      '--strict',
      'exit 3 when nothing outside vouches for the log, or calls, records or time are missing'
    )
    .addHelpText(
      'after',
      '\nexit codes: 0 right, 1 a flaw, 2 could not look, 3 notices with --strict'
    )
  const judging = judgesEvidence(readOptions(command))
  judging.action(async (log: string | undefined, given: Options) => {
    const options = log === undefined ? given : { ...given, file: log }
    const { signingKey: keyFile } = options
    if (keyFile !== undefined) refuseNothing(keyFile)
    const told = {
      ...(keyFile !== undefined && { keyFile }),
      ...readAgainst(options),
      ...readSince(options.since, terminal)
    }
    const onProgress = (checked: number, of: number) => terminal.progress(progressBar(checked, of))
    const report = await reportOn(options, terminal, { ...told, onProgress })
    if (!options.json) terminal.print(renderVerification(report, terminal))
    else if (!options.index) terminal.print(visibleJson(report))
    if (report.flaw) finish(EXIT.flaw)
    else if (options.strict && hasNotices(report)) finish(EXIT.notice)
    if (options.index) await verifyIndex(options, report, terminal, finish)
    const { newestCheckpoint } = report
    if (!report.flaw && options.save && newestCheckpoint) {
      writeOutput('--save', options.save, newestCheckpoint, logFile(options), terminal)
    }
  })
}

/** What `--save` must not overwrite. */
function logFile(options: Options): string {
  const { file = usualFile() ?? '' } = options
  return isArchiveAddress(file) ? file : existingFile(options)
}

/** A path that is mistyped would have nothing compared, in silence. Throws AuditError `bad_option`. */
function refuseNothing(keyFile: string): void {
  const isAbsent = (path: string) => {
    try {
      return statSync(path, { throwIfNoEntry: false }) === undefined
    } catch {
      // It is where this user may not look, which the report says.
      return false
    }
  }
  if (![keyFile, `${keyFile}.head`].every(isAbsent)) return
  const problem = `--signing-key: there is neither a key nor a kept head at ${keyFile}`
  throw new AuditError('bad_option', `${problem}; name the file that the application has`)
}

/** A log that is damaged so far that it cannot be opened has a flaw, too; an export may be of some calls only. */
async function reportOn(
  options: Options,
  terminal: Terminal,
  told: VerifyOptions
): Promise<VerifyReport> {
  try {
    return await withLog(options, terminal, async (log) => {
      const report = await log.verify(told)
      terminal.progress('')
      return report
    })
  } catch (error) {
    if (!AuditError.is(error) || error.code !== 'journal_damaged' || isExport(options)) throw error
    const flaw = { index: 0, kind: 'changed', detail: error.message } as const
    return nothingChecked({ origin: '', size: 0 }, flaw)
  }
}

function isExport(options: Options): boolean {
  const path = logFile(options)
  return !isArchiveAddress(path) && isLogInFiles(path) && !statSync(path).isDirectory()
}

function parseOrganisations(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 1) return count
  throw new InvalidArgumentError('It takes a whole number from 1.')
}

async function verifyIndex(
  options: Options,
  report: VerifyReport,
  terminal: Terminal,
  finish: (exitCode: number) => void
): Promise<void> {
  const onProgress = (done: number, of: number) => terminal.progress(progressBar(done, of))
  // One document has both; where there is no index to compare, what is verified is said all the same.
  let both: object = report
  try {
    const check = await checkIndex(existingDatabase(options), onProgress)
    both = { ...report, index: check }
    terminal.progress('')
    if (!options.json) terminal.print(renderIndexCheck(check, terminal))
    if (check.differing.length + check.words.length > 0) finish(EXIT.flaw)
  } finally {
    if (options.json) terminal.print(visibleJson(both))
  }
}

/** Runs on the database or the archive or, where `--file` is a directory or an export, on the log in it. */
async function withLog(
  options: Options,
  terminal: Terminal,
  run: (log: Pick<Reader, 'verify'>) => Promise<VerifyReport>
): Promise<VerifyReport> {
  const { file = usualFile() ?? '' } = options
  if (isArchiveAddress(file)) {
    await using archive = await (await loadS3()).openS3Archive(archivePlace(file))
    return await run(archive)
  }
  const path = existingFile(options)
  const report = isLogInFiles(path)
    ? await run(await openInFiles(path, options.identity))
    : await withReader(options, run)
  await warnOfWaiting(path, terminal)
  return report
}

/** Loaded for such a log alone. */
async function openInFiles(path: string, identity: string | undefined) {
  const { openLogSource, readIdentities } = await import('@slm-audit/file')
  const identities = identity === undefined ? [] : readIdentities(identity)
  return await openLogSource(path, { identities })
}

function hasNotices(report: VerifyReport): boolean {
  const { outside, clockSetBack, openCalls, lostRecords, unsigned, strays } = report
  const lists = report.signedLate.length + report.unreadHeads.length
  const counts = openCalls + lostRecords + unsigned + strays + lists
  return !outside || clockSetBack !== undefined || counts > 0
}

function readAgainst({
  against: path,
  organisations = 0
}: Options): Pick<VerifyOptions, 'against'> {
  if (path === undefined) {
    if (organisations === 0) return {}
    throw new AuditError('bad_option', '--organisations needs a policy: --against FILE')
  }
  const text = readText(path, '--against')
  if (/^\s*(#|log|witness|group|quorum)\b/m.test(text) && !text.includes('\n— ')) {
    return { against: { policy: parseTrustPolicy(text), organisations } }
  }
  if (organisations > 0) {
    const message = `--organisations needs a policy, and ${path} is a checkpoint`
    throw new AuditError('bad_option', message)
  }
  parseCheckpoint(text)
  return { against: { checkpoint: text } }
}

function readSince(value: string | undefined, terminal: Terminal): Pick<VerifyOptions, 'since'> {
  if (value === undefined) return {}
  if (/^\d+$/.test(value)) {
    const size = Number(value)
    if (Number.isSafeInteger(size)) return { since: { size } }
    throw new AuditError('bad_option', `--since: no log has ${value} records; give an index`)
  }
  if (!existsSync(value)) {
    // The first time of a job that says --save and --since, or a mistake: more is checked, not less.
    terminal.explain(`there is no checkpoint at ${value} yet, so all records are checked`)
    return {}
  }
  return { since: parseCheckpoint(readText(value, '--since')) }
}

function readText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AuditError('bad_option', `${option}: ${path} cannot be read (${messageOf(cause)})`, {
      cause
    })
  }
}
