import { workerData } from 'node:worker_threads'
import { serveJournal } from '@slm-audit/core/node'
import { decrypterFor, encrypterFor } from './format/age.ts'
import { isErasing } from './format/layout.ts'
import { FileCopyEngine } from './journal/copy-engine.ts'
import { FileJournalEngine } from './journal/journal-engine.ts'
import type { LogFiles } from './journal/log-files.ts'
import type { WorkerSettings } from './journal/worker-settings.ts'

const settings = workerData as WorkerSettings
void serveJournal(settings, (host) =>
  settings.signing
    ? FileJournalEngine.open(settings, settings.signing, host, finishUpkeep)
    : new FileCopyEngine(settings, host)
)

async function finishUpkeep(log: LogFiles, isStopped: () => boolean): Promise<void> {
  const { directory, identities, recipients } = settings
  if (!isErasing(directory)) return
  const { finishErasure, withoutPackers } = await import('./upkeep/erase-stored.ts')
  const decrypt = await decrypterFor(identities)
  const encrypt = await encrypterFor(recipients)
  const administered = { directory, log, decrypt, ...(encrypt && { encrypt }) }
  await withoutPackers(directory, () => finishErasure(administered, { isStopped }))
}
