import {
  STATS_DIMENSIONS,
  type StatsDimension,
  type TalliedCall,
  Tally
} from '@slm-audit/core/reader'
import type { Database, Statement } from '../driver/database.ts'
import type { CallDocument } from './call-document.ts'
import { flagsOf } from './call-flags.ts'

/** The stretch of time that figures are kept of, in milliseconds. */
export const ROLLUP_MS = 3_600_000
/** Stands for all calls, where a dimension's name stands for those of one value. */
export const OF_ALL = ''

const SELECT = 'SELECT data FROM rollups WHERE of = ? AND value = ? AND hour = ?'
const PUT = 'INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?)'

interface Gathered {
  readonly of: StatsDimension | typeof OF_ALL
  readonly value: string
  readonly hour: number
  readonly tally: Tally
}

/**
 * The figures of each hour's model calls, of all of them and of those with one value of each dimension,
 * counted when a call has ended. Gathered in memory while a step is made, and added at its end.
 */
export class Rollups {
  readonly #select: Statement
  readonly #put: Statement
  readonly #gathered = new Map<string, Gathered>()

  constructor(index: Database) {
    this.#select = index.prepare(SELECT).pluck()
    this.#put = index.prepare(PUT)
  }

  /** Counts a call that has ended and was not counted before. */
  add(document: CallDocument): void {
    const { columns, receivedAt } = document
    if (columns.kind !== 'call') return
    const hour = Math.floor(receivedAt / ROLLUP_MS)
    const call = talliedCall(document)
    this.#tally(OF_ALL, '', hour).add(call)
    for (const of of STATS_DIMENSIONS) {
      const value = of === 'model' ? (columns.model ?? columns.answered_model) : columns[of]
      this.#tally(of, typeof value === 'string' ? value : '', hour).add(call)
    }
  }

  /** Adds what was gathered to what is stored, in the transaction of the step. */
  flush(): void {
    for (const { of, value, hour, tally } of this.#gathered.values()) {
      const stored = this.#select.get(of, value, hour) as string | undefined
      if (stored !== undefined) tally.merge(JSON.parse(stored))
      this.#put.run(of, value, hour, JSON.stringify(tally))
    }
    this.clear()
  }

  /** Forgets what was gathered, as the step is not kept. */
  clear(): void {
    this.#gathered.clear()
  }

  #tally(of: Gathered['of'], value: string, hour: number): Tally {
    const key = `${of}\n${hour}\n${value}`
    const known = this.#gathered.get(key)
    if (known) return known.tally
    const tally = new Tally()
    this.#gathered.set(key, { of, value, hour, tally })
    return tally
  }
}

function talliedCall({ columns, errorType, confidence, flags }: CallDocument): TalliedCall {
  return {
    stage: columns.stage as TalliedCall['stage'],
    errorType: errorType ?? undefined,
    durationMs: numberIn(columns.duration_ms),
    firstChunkMs: numberIn(columns.first_chunk_ms),
    inputTokens: numberIn(columns.input_tokens),
    outputTokens: numberIn(columns.output_tokens),
    confidence: confidence ?? undefined,
    ...flagsOf(flags)
  }
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
