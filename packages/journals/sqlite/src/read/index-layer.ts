import type { FilterTree } from '@slm-audit/core/reader'
import { type ListedFacet, RELEVANT, type RollupQuery } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'
import type { Clock } from './clock.ts'
import { compileFilter, type IndexQuery } from './compile-filter.ts'
import { type IndexRow, indexRow, ROW_COLUMNS } from './index-row.ts'
import type { RowTest } from './row-test.ts'
import { type RecordRange, TimeRanges } from './time-ranges.ts'
import { TraitRows } from './trait-rows.ts'
import { ValueDictionary } from './value-dictionary.ts'

/** What a walk through an index is to find. */
export interface Walk {
  readonly filter: FilterTree
  /** Only calls whose first record is before this index. */
  readonly below: number
  /** Most rows. */
  readonly want: number
  /** Calls that a newer layer knows better. */
  readonly skip: ReadonlySet<number>
  readonly clock: Clock
}

/** Records that are looked at in one statement at first, and in how many milliseconds for more to be. */
const FIRST_WINDOW = 2 ** 16
const SHORT_MS = 2
/** The same in a thread. */
const THREAD_MS = 50
const FACTOR = 4
/** What took less says that a much larger range costs little as well. */
const BRIEF_MS = 0.25
const LARGE_FACTOR = 32
/**
 * Records at the end of a time that are looked at by their rows, where one of so many has what is asked for: FTS5 has to find its way
 * to them first.
 */
const ROWS_FIRST = 1_024
const ONE_OF = 16
/** Prepared statements that are kept. */
const MOST_STATEMENTS = 32

const RANKS = 'texts.rowid AS id, bm25(texts) AS rank'
const FOUND = `FROM texts JOIN calls ON calls.id = texts.rowid
  WHERE texts MATCH ? AND texts.rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER)
    AND received_at >= ? AND received_at < ?`
const ORDER = 'ORDER BY texts.rowid DESC LIMIT ? + 0'
const FOUND_ALONE = `FROM calls WHERE id BETWEEN ? + 0 AND ? + 0
    AND received_at >= ? AND received_at < ?`
const ORDER_ALONE = 'ORDER BY id DESC LIMIT ? + 0'
const ROLLUPS = `SELECT value, hour, data FROM rollups
  WHERE of = ? AND (? IS NULL OR value = ?) AND hour >= ? AND hour < ?`
const FACETS = `SELECT value, calls FROM facets
  WHERE name = ? AND value >= ? AND value < ? AND calls > 0 ORDER BY calls DESC, value LIMIT ? + 0`
const BY_ID = `SELECT ${ROW_COLUMNS} FROM calls WHERE id IN (SELECT value FROM json_each(?))`

/** The figures of an hour, as `HourTally` has them, those of the calls as JSON. */
export type RollupRow = readonly [value: string, hour: number, tally: string]

/** Calls that were found by relevance. */
export interface Relevant {
  readonly rows: IndexRow[]
  /** How many of the newest calls that match were compared. */
  readonly compared: number
}

type Ranked = [id: number, rank: number]

/**
 * An open index, walked from the newest call down. Each statement looks at a bounded range of
 * records, which is widened while it costs little, so that nothing runs for long at a time: words
 * and facets together are one query of FTS5, and times are known by blocks of records.
 */
export class IndexLayer {
  readonly #database: Database
  readonly #selects = new Map<string, Statement>()
  readonly #times: TimeRanges
  readonly #lead: Statement
  readonly #traits: TraitRows
  readonly #dictionary: ValueDictionary
  readonly #rollups: Statement
  readonly #facets: Statement
  readonly #byId: Statement
  /** Statements in one state of the file: each by itself takes its lock. */
  readonly #inOneState

  constructor(database: Database) {
    this.#database = database
    this.#inOneState = database.transaction((read: () => IndexRow[][]) => read())
    this.#times = new TimeRanges(database)
    this.#lead = database.prepare('SELECT text FROM leads WHERE id = ?').pluck()
    this.#dictionary = new ValueDictionary(database)
    this.#traits = new TraitRows(database)
    this.#rollups = database.prepare(ROLLUPS).raw()
    this.#facets = database.prepare(FACETS).raw()
    this.#byId = database.prepare(BY_ID).raw()
  }

  /** The newest rows that a walk finds, descending. Throws `OUT_OF_TIME` and SQLite's error. */
  rows({ filter, ...walk }: Walk): IndexRow[] {
    const found = this.#inOneState(() =>
      compileFilter(filter, this.#dictionary).map((query) => this.#rowsOf(query, walk))
    )
    if (found.length === 1 && found[0]) return found[0]
    const rows = new Map(found.flat().map((row) => [row.id, row]))
    return [...rows.values()].sort((one, other) => other.id - one.id).slice(0, walk.want)
  }

  /**
   * The most relevant of the newest rows that a walk finds, in no order, and how many were compared. FTS5 looks through all
   * that a word stands in before it ranks anything, so this is for a thread where the index is large. Throws SQLite's error.
   */
  relevant({ filter, below, skip, clock }: Omit<Walk, 'want'>): Relevant {
    const ranks = new Map<number, number>()
    // A phrase that nothing has is looked for in steps, and ranked in none.
    if (this.rows({ filter, below, want: 1, skip, clock }).length === 0) {
      return { rows: [], compared: 0 }
    }
    for (const query of compileFilter(filter, this.#dictionary)) {
      for (const [from, to] of this.#ranges(query, below)) {
        const left = RELEVANT.among - ranks.size
        if (left <= 0) break
        const found = this.#between(RANKS, query, from, to - 1, left) as Ranked[]
        for (const [id, rank] of found) if (!skip.has(id)) ranks.set(id, rank)
      }
    }
    // FTS5 gives the best the lowest number.
    const best = [...ranks].sort(([, one], [, other]) => one - other).slice(0, RELEVANT.kept)
    const rows = this.#byId.all(JSON.stringify(best.map(([id]) => id))) as unknown[][]
    return { rows: this.#rowsIn(rows), compared: ranks.size }
  }

  /** The figures that the index keeps, each as JSON. Throws SQLite's error. */
  rollups({ of, value, fromHour, toHour }: RollupQuery): RollupRow[] {
    return this.#rollups.all(of, value ?? null, value ?? null, fromHour, toHour) as RollupRow[]
  }

  /** Adds how many calls have each value of a facet, the most frequent `limit` of the layer. */
  facetCounts(facet: ListedFacet, beginning: string, limit: number): [string, number][] {
    const bounds = [beginning, `${beginning}\u{10ffff}\u{10ffff}`]
    return this.#facets.all(facet, ...bounds, limit) as [string, number][]
  }

  /** How the instructions of a row's call begin, where the index has them. */
  instructionsOf({ lead }: IndexRow): string | undefined {
    const text = lead === null ? undefined : this.#lead.get(lead)
    // A damaged row may have anything.
    return typeof text === 'string' ? text : undefined
  }

  #rowsOf(query: IndexQuery, { below, want, skip, clock }: Omit<Walk, 'filter'>): IndexRow[] {
    const found: IndexRow[] = []
    let window = query.isOneToken ? FIRST_WINDOW * LARGE_FACTOR : FIRST_WINDOW
    for (const [from, to] of this.#ranges(query, below)) {
      let high = to - 1
      if (query.alone && to < below && query.alone.calls() * ONE_OF > below) {
        const low = Math.max(from, to - ROWS_FIRST)
        const asked = want - found.length
        const rows = this.#alone(query, query.alone, [low, high, asked])
        found.push(...rows.filter(({ id }) => !skip.has(id)))
        high = (rows.length === asked ? (rows.at(-1)?.id ?? low) : low) - 1
      }
      while (high >= from && found.length < want) {
        clock.check()
        const low = Math.max(from, high - window + 1)
        const asked = want - found.length
        const began = performance.now()
        const rows = this.#rowsIn(this.#between(ROW_COLUMNS, query, low, high, asked))
        const tookMs = performance.now() - began
        found.push(...(skip.size === 0 ? rows : rows.filter(({ id }) => !skip.has(id))))
        high = (rows.length === asked ? (rows.at(-1)?.id ?? low) : low) - 1
        // A thread has longer statements, as each begins with work of its own, but none that cannot be given up.
        if (tookMs < BRIEF_MS) window *= LARGE_FACTOR
        else if (tookMs < (clock.isEndless ? THREAD_MS : SHORT_MS)) window *= FACTOR
      }
      if (found.length >= want) break
    }
    return found
  }

  #between(what: string, query: IndexQuery, low: number, high: number, limit: number): unknown[][] {
    const { match, since, until, where, values } = query
    const select = this.#select(`SELECT ${what} ${FOUND} ${and(where)}${ORDER}`)
    return select.all(match, low, high, since, until, ...values, limit) as unknown[][]
  }

  /** The same without full-text search. */
  #alone(query: IndexQuery, { where, values }: RowTest, [low, high, limit]: number[]): IndexRow[] {
    const { since, until } = query
    const select = this.#select(`SELECT ${ROW_COLUMNS} ${FOUND_ALONE} ${and(where)}${ORDER_ALONE}`)
    const rows = select.all(low, high, since, until, ...values, limit) as unknown[][]
    return this.#rowsIn(rows)
  }

  #rowsIn(rows: readonly unknown[][]): IndexRow[] {
    const traitsOf = (id: unknown) => this.#traits.get(id)
    return rows.map((values) => indexRow(values, traitsOf))
  }

  /** The statement of a text; only so many kinds of conditions come as there are fields. */
  #select(text: string): Statement {
    const known = this.#selects.get(text)
    if (known) return known
    if (this.#selects.size >= MOST_STATEMENTS) this.#selects.clear()
    const statement = this.#database.prepare(text).raw()
    this.#selects.set(text, statement)
    return statement
  }

  /** Ranges of records that may hold a time, the newest first; all of them where no time is asked for. */
  #ranges({ since, until }: IndexQuery, below: number): Iterable<RecordRange> {
    return since < 0 && until > 4e15 ? [[0, below]] : this.#times.between(since, until, below)
  }
}

function and(where: string): string {
  return where === '' ? '' : `AND ${where} `
}
