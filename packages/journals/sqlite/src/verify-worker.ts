import { parentPort, workerData } from 'node:worker_threads'
import { checkRange } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { type RangeAnswer, type RangeRequest, rangeReader } from './read/range-rows.ts'
import { openForReading } from './store/open-database.ts'
import { notedOrigin } from './store/schema.ts'

const database = openForReading(workerData.file as string)
// One state of the log for all statements.
database.exec('BEGIN')
const origin = notedOrigin(database)
const readRange = rangeReader(database)

parentPort?.on('message', ({ from, to }: RangeRequest) => {
  try {
    const findings = checkRange(readRange(from, to), origin, from, to, nodeSha256)
    parentPort?.postMessage({ findings } satisfies RangeAnswer)
  } catch (error) {
    parentPort?.postMessage({ problem: String(error) } satisfies RangeAnswer)
  }
})
