// An engine that cannot be opened while a file is there.
import { existsSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { serveJournal } from '@slm-audit/core/node'

const { progress, obstacle } = workerData as { progress: SharedArrayBuffer; obstacle: string }
void serveJournal({ progress }, () => {
  if (existsSync(obstacle)) throw new Error('there is an obstacle')
  return { origin: 'test', answer: () => undefined }
})
