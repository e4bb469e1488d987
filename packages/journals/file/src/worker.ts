import { workerData } from 'node:worker_threads'
import {
  CONTENTS_ERASED,
  CONTENTS_EXPIRED,
  pendingReadsAudited,
  RECORDS_PRUNED,
  type SealedRecord
} from '@slm-audit/core/journal'
import { type JournalEngine, type JournalHost, serveJournal, userName } from '@slm-audit/core/node'
import { decrypterFor, encrypterFor } from './format/age.ts'
import { isErasing } from './format/layout.ts'
import { areReadsAudited } from './journal/audited-reads.ts'
import { FileCopyEngine } from './journal/copy-engine.ts'
import { FileJournalEngine } from './journal/journal-engine.ts'
import type { LogFiles } from './journal/log-files.ts'
import type { Signing, WorkerSettings } from './journal/worker-settings.ts'

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
  const engine = await FileJournalEngine.open(settings, signing, host, finishUpkeep)
  if (settings.readAudit && !(await areReadsAudited(settings.directory))) {
    await engine.answer({ kind: 'append', data: [pendingReadsAudited(userName())] })
  }
  return engine
}

async function finishUpkeep(log: LogFiles, isStopped: () => boolean): Promise<void> {
  const { directory, identities, recipients } = settings
  if (!isErasing(directory)) return
  const { finishErasure, withoutPackers } = await import('./upkeep/erase-stored.ts')
  const decrypt = await decrypterFor(identities)
  const encrypt = await encrypterFor(recipients)
  const administered = { directory, log, decrypt, ...(encrypt && { encrypt }) }
  // Whoever erases may live, and be at it for long; a log that closes leaves the rest to the next opening.
  const isLeft = () => isStopped() || !isErasing(directory)
  const finish = () => finishErasure(administered, { isStopped })
  await withoutPackers(directory, finish, isLeft).catch((error: unknown) => {
    if (!isLeft()) throw error
  })
}

async function followLosses(log: LogFiles, records: readonly SealedRecord[]): Promise<void> {
  if (!records.some(({ header }) => LOSSES.test(header))) return
  const { directory, identities, recipients, compression } = settings
  // A copy that only others can read is left as it is, which its exporter says.
  if (recipients.length > 0 && identities.length === 0) return
  const { followErasures } = await import('./upkeep/follow-erasures.ts')
  const decrypt = await decrypterFor(identities)
  const encrypt = await encrypterFor(recipients)
  const administered = { directory, log, decrypt, ...(encrypt && { encrypt }) }
  await followErasures(administered, records, compression)
}
