import { workerData } from 'node:worker_threads'
import { serveJournal } from '@slm-audit/core/node-journal'
import { CopyWorker } from './copy-worker.ts'
import { JournalWorker } from './journal-worker.ts'
import type { WorkerSettings } from './worker-settings.ts'

const settings = workerData as WorkerSettings
void serveJournal(new Int32Array(settings.done), (host) =>
  settings.signing
    ? JournalWorker.open(settings, settings.signing, host)
    : new CopyWorker(settings, host)
)
