import { statSync } from 'node:fs'
import { mergeCall } from '@slm-audit/core/reader'
import { compactDatabase } from '@slm-audit/sqlite'
import { openForReading } from '../packages/journals/sqlite/src/store/open-database.ts'
import { readableOfCall } from '../packages/journals/sqlite/src/store/sealed-rows.ts'
import { writeCorpus } from './corpus/write-corpus.ts'
import {
  type Effort,
  median,
  microseconds,
  type Result,
  threadMicroseconds,
  withFile
} from './harness.ts'

const CALLS = 10_000
/** Calls that are read, far from each other. */
const READS = 500
const STEP = 7_919

/** What one call of a log takes, and what it costs to read it. */
interface Kept {
  readonly bytesPerCall: number
  readonly perRead: number
}

/** What a log takes whose calls are old, and what compressing and reading them costs. */
export async function coldCost({ rounds, scale }: Effort): Promise<Result[]> {
  const calls = Math.max(100, Math.round(CALLS * scale))
  return withFile(async (file) => {
    writeCorpus(file, { calls, until: Date.now(), seed: 1 })
    const hot = kept(file, calls, rounds)
    const from = threadMicroseconds()
    const { records, contents } = await compactDatabase(file, { coldAfter: '0d' })
    const perValue = (threadMicroseconds() - from) / Math.max(1, records + contents)
    const cold = kept(file, calls, rounds)
    const more = cold.perRead - hot.perRead
    return [
      {
        what: 'bytes a call of a log of small calls, compressed, all of the evidence file',
        ours: `${cold.bytesPerCall.toFixed(0)} bytes`,
        control: `before ${hot.bytesPerCall.toFixed(0)} bytes`,
        ratio: (cold.bytesPerCall / hot.bytesPerCall).toFixed(2),
        aim: '≤ 0.5',
        met: cold.bytesPerCall <= hot.bytesPerCall / 2
      },
      {
        what: 'processor time to read such a call, one far from the one before',
        ours: microseconds(cold.perRead),
        control: `before ${microseconds(hot.perRead)}`,
        ratio: (cold.perRead / hot.perRead).toFixed(2),
        aim: '≤ 1 ms more',
        met: more <= 1_000
      },
      {
        what: 'processor time to compress a header or a content',
        ours: microseconds(perValue),
        control: '',
        ratio: '',
        aim: '',
        met: true
      }
    ]
  })
}

function kept(file: string, calls: number, rounds: number): Kept {
  const database = openForReading(file)
  try {
    const sql = "SELECT audit_id FROM records WHERE stage = 'received' ORDER BY idx"
    const ids = database.prepare(sql).pluck().all() as string[]
    const reads = Array.from({ length: Math.min(READS, ids.length) }, (_, at) => at)
    const round = (): number => {
      const from = threadMicroseconds()
      for (const at of reads)
        mergeCall([...readableOfCall(database, ids[(at * STEP) % ids.length] ?? '')])
      return (threadMicroseconds() - from) / reads.length
    }
    round()
    const perRead = median(Array.from({ length: rounds }, round))
    return { bytesPerCall: statSync(file).size / calls, perRead }
  } finally {
    database.close()
  }
}
