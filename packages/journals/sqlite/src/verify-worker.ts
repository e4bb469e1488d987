import { parentPort, workerData } from 'node:worker_threads'
import { checkRange, type RangeFindings } from '@slm-audit/core'
import { nodeSha256 } from '@slm-audit/core/node'
import { rangeReader } from './read/range-rows.ts'
import { openForReading } from './store/open-database.ts'
import { originOf } from './store/schema.ts'

/** A range of records to check. */
export interface RangeRequest {
  readonly from: number
  readonly to: number
}

/** What a worker found, or why it could not look. */
export type RangeAnswer = { readonly findings: RangeFindings } | { readonly problem: string }

const database = openForReading(workerData.file as string)
// One state of the log for all statements.
database.exec('BEGIN')
const origin = originOf(database)
const readRange = rangeReader(database)

parentPort?.on('message', ({ from, to }: RangeRequest) => {
  try {
    const findings = checkRange(readRange(from, to), origin, from, to, nodeSha256)
    parentPort?.postMessage({ findings } satisfies RangeAnswer)
  } catch (error) {
    parentPort?.postMessage({ problem: String(error) } satisfies RangeAnswer)
  }
})
