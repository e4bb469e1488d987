import type { StatsDimension, StatsReport, StatsRow } from '../stats/stats.ts'
import { type StoredTally, type TalliedCall, Tally } from '../stats/tally.ts'
import { flagsOf } from './call-flags.ts'
import type { CallRow } from './call-query.ts'
import { ROLLUP_MS } from './hour-tallies.ts'
import type { RollupQuery, StatsQuery } from './stats-query.ts'

interface Cell {
  readonly values: readonly string[]
  readonly bucket: number | undefined
  readonly tally: Tally
}

/** Figures while they are gathered, by values and stretches of time. */
export class StatsTable {
  readonly #query: StatsQuery
  readonly #cells = new Map<string, Cell>()

  constructor(query: StatsQuery) {
    this.#query = query
  }

  /** Adds what the index keeps of an hour. */
  addRollup(value: string, hour: number, stored: StoredTally): void {
    this.addTally(this.#query.by.length > 0 ? [value] : [], hour * ROLLUP_MS, stored)
  }

  /**
   * Adds the figures of calls that are in one row of the report.
   *
   * @param values Theirs of the dimensions that are asked for, in that order; empty where they have none.
   * @param at A moment of the row's stretch of time, in milliseconds since 1970.
   */
  addTally(values: readonly string[], at: number, stored: StoredTally): void {
    this.#cell(values, at).merge(stored)
  }

  /** Adds a call that has ended. */
  addCall(row: CallRow): void {
    const values = this.#query.by.map((dimension) => {
      const value = dimension === 'model' ? (row.model ?? row.answered_model) : row[dimension]
      return value ?? ''
    })
    this.#cell(values, row.received_at).add(talliedRow(row))
  }

  /** The rows in their order, each made when it is asked for: there may be thousands. */
  *rows(): Generator<StatsRow, undefined> {
    for (const cell of [...this.#cells.values()].sort(inOrder)) yield this.#row(cell)
  }

  /** The rows; `since` and `until` as the figures are of. */
  report(
    rollup: RollupQuery | undefined,
    rows: readonly StatsRow[] = [...this.rows()]
  ): StatsReport {
    return { rows, ...boundsOf(rollup) }
  }

  #row({ values, bucket, tally }: Cell): StatsRow {
    const by: { [dimension in StatsDimension]?: string } = {}
    for (const [at, dimension] of this.#query.by.entries()) {
      const value = values[at]
      if (value) by[dimension] = value
    }
    const at = bucket === undefined ? {} : { at: new Date(bucket).toISOString() }
    return { by, ...at, ...tally.figures() }
  }

  #cell(values: readonly string[], at: number): Tally {
    const { everyMs } = this.#query
    const bucket = everyMs === undefined ? undefined : Math.floor(at / everyMs) * everyMs
    const key = `${values.length > 1 ? JSON.stringify(values) : values[0]}\n${bucket}`
    const known = this.#cells.get(key)
    if (known) return known.tally
    const tally = new Tally()
    this.#cells.set(key, { values, bucket, tally })
    return tally
  }
}

/** By values, then by time. */
function inOrder(one: Cell, other: Cell): number {
  for (const [at, value] of one.values.entries()) {
    const than = other.values[at] ?? ''
    if (value !== than) return value < than ? -1 : 1
  }
  return (one.bucket ?? 0) - (other.bucket ?? 0)
}

/** The hours that a report is of, where it is of hours and they have bounds. */
function boundsOf(rollup: RollupQuery | undefined): Pick<StatsReport, 'since' | 'until'> {
  if (!rollup) return {}
  const at = (hour: number) => {
    const time = new Date(hour * ROLLUP_MS)
    return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
  }
  const [since, until] = [at(rollup.fromHour), at(rollup.toHour)]
  return { ...(since && { since }), ...(until && { until }) }
}

function talliedRow(row: CallRow): TalliedCall {
  return {
    stage: row.stage,
    errorType: row.error_type ?? undefined,
    durationMs: row.duration_ms ?? undefined,
    firstChunkMs: row.first_chunk_ms ?? undefined,
    inputTokens: row.input_tokens ?? undefined,
    outputTokens: row.output_tokens ?? undefined,
    confidence: row.confidence ?? undefined,
    ...flagsOf(row.flags)
  }
}
