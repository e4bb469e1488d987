import { workerData } from 'node:worker_threads'
import { serveJournal } from '@slm-audit/core/node-journal'
import { FileCopyEngine } from './copy-engine.ts'
import { FileJournalEngine } from './journal-engine.ts'
import type { WorkerSettings } from './worker-settings.ts'

const settings = workerData as WorkerSettings
void serveJournal(settings.progress, (host) =>
  settings.signing
    ? FileJournalEngine.open(settings, settings.signing, host)
    : new FileCopyEngine(settings, host)
)
