import { statSync } from 'node:fs'
import type { CopySource } from '@slm-audit/core/node'
import { AuditError, type Reader, type VerifyReport } from '@slm-audit/core/reader'
import { copyIntoFiles, openLogSource, readIdentities } from '@slm-audit/file'
import { importLog, openReader } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { EXIT } from '../../base/exit-codes.ts'
import {
  archivePlace,
  isArchiveAddress,
  isLogAddress,
  loadPostgres,
  loadS3,
  shownAddress
} from '../../base/log-address.ts'
import { openExportedLog } from '../../export/exported-log.ts'
import { visibleJson } from '../../render/columns.ts'
import { counted } from '../../render/figures.ts'
import { progressBar } from '../../render/progress-bar.ts'
import { renderVerification } from '../../render/verification.ts'
import type { Terminal } from '../../terminal.ts'
import {
  contentsKeysOption,
  existingDatabase,
  existingFile,
  openLogReader
} from '../with-reader.ts'

interface Options {
  readonly from: string
  readonly to: string
  readonly identity?: string
  readonly contentsKeys?: string
  readonly moreToCome?: boolean
  readonly json?: boolean
}

type Progress = (done: number, of: number) => void

/** A log that is copied: verified as a whole first, then read record by record. */
interface Source extends AsyncDisposable, CopySource, Pick<Reader, 'verify'> {}

/** `slm-audit copy`: a log into another store, record for record. */
export function addCopy(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('copy')
    .description('copies a log, record for record, into another store, and verifies the copy')
    .requiredOption(
      '--from <log>',
      'a database, a directory of files, postgres://… or s3://bucket/prefix'
    )
    .requiredOption(
      '--to <log>',
      'the same; a directory ends in / where it is new; an earlier copy is continued'
    )
    .option('--identity <file>', 'age identities, for what is encrypted')
    .option('--json', 'one JSON document, for programs')
    .option(
      '--more-to-come',
      'to postgres://…: the log takes no calls yet, as another copy follows; they wait in spools'
    )
    .addHelpText('after', '\nexit codes: 0 copied, 1 a flaw, 2 could not look')
  contentsKeysOption(command).action(async (options: Options) => {
    const { from, to, identity, contentsKeys, json } = options
    const identities = identity === undefined ? [] : readIdentities(identity)
    const onProgress: Progress = (done, of) => terminal.progress(progressBar(done, of))
    checkOptions(options)
    await using source = await openSource(from, identities, contentsKeys)
    if (source.size === 0)
      throw new AuditError('not_found', `${shownAddress(from)} holds no records`)
    const before = await source.verify({ onProgress })
    terminal.progress('')
    if (before.flaw) {
      terminal.print(
        json
          ? visibleJson({ to: shownAddress(to), added: 0, report: before })
          : renderVerification(before, terminal)
      )
      terminal.explain('nothing was copied')
      finish(EXIT.flaw)
      return
    }
    const added = await orFlaw(copyInto(options, source, onProgress))
    terminal.progress('')
    if (typeof added === 'string') {
      const stopped = { to: shownAddress(to), report: before, problem: added }
      terminal.print(json ? visibleJson(stopped) : terminal.style('red', `✗ ${added}`))
      terminal.explain('the copy is not whole; what was copied before that stays')
      finish(EXIT.flaw)
      return
    }
    const report = await verifyCopy(to, identities, onProgress)
    terminal.progress('')
    if (report.flaw) finish(EXIT.flaw)
    tell(options, source, added, report, terminal)
  })
}

/** What was copied, or what is wrong with a record that stopped it. */
async function orFlaw(copying: Promise<number>): Promise<number | string> {
  try {
    return await copying
  } catch (error) {
    if (AuditError.is(error) && error.code === 'bad_record') return error.message
    throw error
  }
}

function tell(
  { to: address, json }: Options,
  { origin, size }: Source,
  added: number,
  report: VerifyReport,
  terminal: Terminal
): void {
  const to = shownAddress(address)
  if (json) {
    terminal.print(visibleJson({ to, origin, records: size, added, report }))
    return
  }
  terminal.print(renderVerification(report, terminal))
  if (!report.flaw) {
    terminal.print(
      `${to} holds the log ${origin}: ${counted(size, 'record')}, ${added} of them new`
    )
  }
}

function checkOptions({ from, to, moreToCome }: Options): void {
  if (from === to) throw new AuditError('bad_option', '--from and --to are the same log')
  if (!moreToCome || isLogAddress(to)) return
  throw new AuditError('bad_option', '--more-to-come is for postgres://…, where others may write')
}

async function openSource(
  from: string,
  identities: readonly string[],
  contentsKeys: string | undefined
): Promise<Source> {
  if (isArchiveAddress(from)) return await (await loadS3()).openS3Archive(archivePlace(from))
  const keys = contentsKeys === undefined ? {} : { contentsKeys }
  const path = existingFile({ file: from, ...keys })
  if (!isLogAddress(path) && statSync(path).isDirectory()) return filesAsSource(path, identities)
  const reader = await openLogReader({ file: path, ...keys })
  const log = await openExportedLog(path)
  return {
    ...log,
    verify: (options) => reader.verify(options),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]()
      await reader[Symbol.asyncDispose]()
    }
  }
}

async function filesAsSource(path: string, identities: readonly string[]): Promise<Source> {
  const source = await openLogSource(path, { identities })
  const { origin, size } = source
  return {
    origin,
    size,
    verify: (options) => source.verify(options),
    records: (fromIndex) => source.records(fromIndex),
    checkpoints: () => source.checkpoints(),
    [Symbol.asyncDispose]: async () => undefined
  }
}

/** How many records were new. */
async function copyInto(
  { to, moreToCome = false }: Options,
  source: Source,
  onProgress: Progress
): Promise<number> {
  if (isLogAddress(to)) {
    const { copyIntoPostgres } = await loadPostgres()
    return await copyIntoPostgres({ url: to }, source, { isMoreToCome: moreToCome, onProgress })
  }
  if (isArchiveAddress(to)) {
    return await (await loadS3()).copyIntoS3(archivePlace(to), source, onProgress)
  }
  if (isDirectory(to)) return await copyIntoFiles({ directory: to }, source, onProgress)
  return (await importLog(to, source, onProgress)).added
}

async function verifyCopy(
  to: string,
  identities: readonly string[],
  onProgress: Progress
): Promise<VerifyReport> {
  if (isLogAddress(to)) {
    await using reader = await openLogReader({ file: to })
    return await reader.verify({ onProgress })
  }
  if (isArchiveAddress(to)) {
    await using archive = await (await loadS3()).openS3Archive(archivePlace(to))
    return await archive.verify({ onProgress })
  }
  if (isDirectory(to)) return await (await openLogSource(to, { identities })).verify({ onProgress })
  await using reader = await openReader(existingDatabase({ file: to }))
  return await reader.verify({ onProgress })
}

function isDirectory(path: string): boolean {
  return path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
