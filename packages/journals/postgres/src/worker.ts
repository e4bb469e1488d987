import { workerData } from 'node:worker_threads'
import { serveJournal } from '@slm-audit/core/node'
import { PostgresEngine } from './engine/journal-engine.ts'
import type { WorkerSettings } from './engine/worker-settings.ts'

const settings = workerData as WorkerSettings
void serveJournal(settings, (host) => PostgresEngine.open(settings, host))
