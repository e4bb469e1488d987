import { workerData } from 'node:worker_threads'
import {
  type AuditError,
  CONTENTS_ERASED,
  CONTENTS_EXPIRED,
  noRetention,
  pendingReadsAudited,
  RECORDS_PRUNED,
  ScheduledRetention,
  type SealedRecord
} from '@slm-audit/core/journal'
import { type JournalEngine, type JournalHost, serveJournal, userName } from '@slm-audit/core/node'
import { decrypterFor, encrypterFor } from './format/age.ts'
import { isErasing, isRetaining } from './format/layout.ts'
import { areReadsAudited } from './journal/audited-reads.ts'
import { FileCopyEngine } from './journal/copy-engine.ts'
import { FileJournalEngine, type RetainedJournal } from './journal/journal-engine.ts'
import type { LogFiles } from './journal/log-files.ts'
import type { Signing, WorkerSettings } from './journal/worker-settings.ts'
import type { AdministeredFiles } from './upkeep/administer.ts'

/** The kinds of the records that say what a log has lost. */
const LOSSES = new RegExp(
  `"kind":"(${[CONTENTS_ERASED, CONTENTS_EXPIRED, RECORDS_PRUNED].join('|')})"`
)

const settings = workerData as WorkerSettings
void serveJournal(settings, (host) =>
  settings.signing
    ? openJournal(settings.signing, host)
    : new FileCopyEngine(settings, host, followLosses)
)

async function openJournal(signing: Signing, host: JournalHost): Promise<JournalEngine> {
  const engine = await FileJournalEngine.open(settings, signing, host, { finish, retain })
  if (settings.readAudit && !(await areReadsAudited(settings.directory))) {
    await engine.answer({ kind: 'append', data: [pendingReadsAudited(userName())] })
  }
  return engine
}

async function finish(log: LogFiles, isStopped: () => boolean): Promise<void> {
  const { directory } = settings
  if (!isErasing(directory)) return
  const { finishErasure } = await import('./upkeep/erase-stored.ts')
  const { withoutPackers } = await import('./upkeep/closed-alone.ts')
  const administered = await administeredAs(log)
  // Whoever erases may live, and be at it for long; a log that closes leaves the rest to the next opening.
  const isLeft = () => isStopped() || !isErasing(directory)
  const run = async () => {
    while (!isLeft()) await finishErasure(administered, { isStopped })
  }
  await withoutPackers(directory, run, isLeft).catch((error: unknown) => {
    if (!isLeft()) throw error
  })
}

function retain(log: LogFiles, journal: RetainedJournal): ScheduledRetention {
  const { directory, retentionMs } = settings
  const retained = {
    isPending: () => isRetaining(directory),
    begin: (now: number) => retentionSteps(log, now, journal),
    failed: (problem: AuditError) => journal.failed(problem)
  }
  return new ScheduledRetention(retained, retentionMs)
}

async function* retentionSteps(
  log: LogFiles,
  now: number,
  { isClosing, appended, ended }: RetainedJournal
): AsyncGenerator<void> {
  const { directory } = settings
  const { newestRetention, RetentionRun } = await import('./upkeep/retain-stored.ts')
  const { pendingRetentionIn } = await import('./upkeep/pending-retention.ts')
  const administered = await administeredAs(log)
  const known =
    (await pendingRetentionIn(directory, administered.decrypt)) ??
    (await newestRetention(directory, administered.decrypt))
  if (!known) throw noRetention(directory)
  const run = new RetentionRun(administered, { now, ...known }, { isStopped: isClosing })
  for await (const _ of run.steps()) {
    appended()
    yield
  }
  ended()
}

async function followLosses(log: LogFiles, records: readonly SealedRecord[]): Promise<void> {
  if (!records.some(({ header }) => LOSSES.test(header))) return
  const { identities, recipients, compression } = settings
  // A copy that only others can read is left as it is, which its exporter says.
  if (recipients.length > 0 && identities.length === 0) return
  const { followErasures } = await import('./upkeep/follow-erasures.ts')
  await followErasures(await administeredAs(log), records, compression)
}

async function administeredAs(log: LogFiles): Promise<AdministeredFiles> {
  const { directory, identities, recipients } = settings
  const decrypt = await decrypterFor(identities)
  const encrypt = await encrypterFor(recipients)
  return { directory, log, decrypt, ...(encrypt && { encrypt }) }
}
