import { workerData } from 'node:worker_threads'
import { serveJournal } from '@slm-audit/core/node'
import { FileCopyEngine } from './journal/copy-engine.ts'
import { FileJournalEngine } from './journal/journal-engine.ts'
import type { WorkerSettings } from './journal/worker-settings.ts'

const settings = workerData as WorkerSettings
void serveJournal(settings, (host) =>
  settings.signing
    ? FileJournalEngine.open(settings, settings.signing, host)
    : new FileCopyEngine(settings, host)
)
