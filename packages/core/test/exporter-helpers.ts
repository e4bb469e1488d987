import {
  type Exporter,
  type ExporterOptions,
  type ExportResult,
  parseRecord,
  type SealedRecord
} from '@slm-audit/core'
import { chat, type newLog } from './helpers.ts'

/** What an exporter does with a batch; a number rejects every batch that holds that index. */
export type Reaction = ExportResult | ((signal: AbortSignal) => Promise<ExportResult>) | undefined

export const stored: ExportResult = { status: 'stored' }
export const retry = { status: 'retry', error: new Error('not now') } as const
export const rejected = { status: 'rejected', error: new Error('no such field') } as const

/** Options with short pauses. */
export const quick: ExporterOptions = {
  delayMs: 0,
  firstRetryMs: 2,
  lastRetryMs: 10,
  deadlineMs: 5_000
}

/** An exporter that keeps what it stores, and reacts to its exports in turn as told. */
export function sink(reactions: Reaction[] = [], name = 'sink') {
  const seen: number[][] = []
  const records: SealedRecord[] = []
  const state = { disposed: 0, refused: (_record: SealedRecord): boolean => false }
  const exporter: Exporter = {
    name,
    async export(batch, signal) {
      seen.push(batch.map(({ index }) => index))
      const reaction = reactions.shift()
      const result = typeof reaction === 'function' ? await reaction(signal) : reaction
      if (result && result.status !== 'stored') return result
      if (batch.some((record) => state.refused(record))) return rejected
      records.push(...batch)
      return result ?? stored
    },
    async [Symbol.asyncDispose]() {
      state.disposed++
    }
  }
  return { exporter, records, seen, state, indices: () => records.map(({ index }) => index) }
}

/** Records as many calls, two records each. */
export async function record(log: ReturnType<typeof newLog>['log'], calls: number): Promise<void> {
  for (let index = 0; index < calls; index++) {
    await log.record({ ...chat, input: `question ${index}` }, async () => `answer ${index}`)
  }
}

/** 0, 1, … below the count. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** Kinds of records, in order. */
export function kindsOf(records: readonly SealedRecord[]): string[] {
  return records.map((each) => parseRecord(each).kind)
}
