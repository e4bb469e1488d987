import { workerData } from 'node:worker_threads'
import { serveJournal } from '@slm-audit/core/node'
import { PostgresEngine } from './engine/journal-engine.ts'
import type { WorkerSettings } from './engine/worker-settings.ts'

const settings = workerData as WorkerSettings

/** Loaded once retention runs: most applications have none. */
async function* retaining(now: number): AsyncGenerator<void> {
  const retention = await import('./upkeep/retain-stored.ts')
  const { connection, schema } = settings.place
  yield* retention.retaining({ pool: { options: connection }, schema }, now)
}

void serveJournal(settings, (host) => PostgresEngine.open(settings, host, retaining))
