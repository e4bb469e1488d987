import { STATS_DIMENSIONS, type StatsDimension } from '../stats/stats.ts'
import { type TalliedCall, Tally } from '../stats/tally.ts'
import type { CallDocument } from './call-document.ts'
import { flagsOf } from './call-flags.ts'

/** The stretch of time that figures are kept of, in milliseconds. */
export const ROLLUP_MS = 3_600_000
/** Stands for all calls, where a dimension's name stands for those of one value. */
export const OF_ALL = ''

/** What of a call's document its figures are made of. */
export type TalliedDocument = Pick<
  CallDocument,
  'columns' | 'receivedAt' | 'errorType' | 'confidence' | 'flags'
>

/** The figures of one hour's calls, of all or of those with one value of a dimension. */
export interface HourTally {
  /** The dimension; `OF_ALL` for all calls. */
  readonly of: StatsDimension | typeof OF_ALL
  /** Its value; empty where the calls have none. */
  readonly value: string
  /** Hours since 1970. */
  readonly hour: number
  /** The figures. */
  readonly tally: Tally
}

/**
 * Gathers the figures of each hour's model calls, of all of them and of those with one value of each
 * dimension. For an index that adds them to what it has stored, once a step.
 */
export class HourTallies {
  readonly #gathered = new Map<string, HourTally>()

  /** Counts a call that has ended and was not counted before. */
  add(document: TalliedDocument): void {
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

  /** What was gathered. */
  all(): Iterable<HourTally> {
    return this.#gathered.values()
  }

  /** Forgets what was gathered: it is stored, or its step is not kept. */
  clear(): void {
    this.#gathered.clear()
  }

  #tally(of: HourTally['of'], value: string, hour: number): Tally {
    const key = `${of}\n${hour}\n${value}`
    const known = this.#gathered.get(key)
    if (known) return known.tally
    const tally = new Tally()
    this.#gathered.set(key, { of, value, hour, tally })
    return tally
  }
}

function talliedCall({ columns, errorType, confidence, flags }: TalliedDocument): TalliedCall {
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
