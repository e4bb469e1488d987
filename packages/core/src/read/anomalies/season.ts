import { isObject } from '../../base/json.ts'
import { Sketch } from '../stats/sketch.ts'

/** Measures of which it is known what nine of ten calls stay below. */
export const MEASURES = ['duration', 'tokens', 'unsure'] as const

/** One of these. */
export type WatchedMeasure = (typeof MEASURES)[number]

/** Kinds of calls of which it is known what share they are. */
export const SHARES = ['errors', 'refusals', 'foreign'] as const

/** One of these. */
export type WatchedShare = (typeof SHARES)[number]

/** The figures of an hour. */
export interface HourFigures {
  /** How many calls. */
  readonly calls: number
  /** Shares of them, and what nine of ten stay below; absent where no call said. */
  readonly of: { readonly [name in WatchedShare | WatchedMeasure]?: number }
}

/** Hours since 1970, each with its figures: what is stored of a season. */
export type StoredSeason = readonly (readonly [hour: number, figures: HourFigures])[]

/** Whether a value is what `Season` stores. */
export function isStoredSeason(value: unknown): value is StoredSeason {
  return Array.isArray(value) && value.every(isStoredHour)
}

function isStoredHour(value: unknown): boolean {
  const [hour, figures]: readonly unknown[] = Array.isArray(value) ? value : []
  if (!isObject(figures) || !isObject(figures.of)) return false
  return [hour, figures.calls, ...Object.values(figures.of)].every((one) => Number.isFinite(one))
}

const HOUR_MS = 3_600_000
const DAY = 24
/** Hours that are kept, and days that one time of day is compared with. */
const KEPT = 8 * DAY
const DAYS = 7
/** Calls of an hour that tell something of it. */
const ENOUGH = 10
/** Hours from which on a time of day can be told from others. */
const LEAST_HOURS = 20
/** A measure is unusual when it is over what nine of ten stay below, by so much. */
const MARGIN = 1.1

/** What is usual, by the hour of the day: figures of the last eight days, each day as one voice. */
export class Season {
  readonly #hours = new Map<number, HourFigures>()
  readonly #usual = new Map<string, number | undefined>()
  #hour = Number.NaN
  #calls = 0
  #counts: { [name in WatchedShare]: number } = newCounts()
  #sketches: { [name in WatchedMeasure]: Sketch } = newSketches()

  /** How many calls there were, with those of the hours that were stored. */
  calls = 0

  constructor(stored: StoredSeason = []) {
    for (const [hour, figures] of stored) {
      this.#keep(hour, figures)
      this.calls += figures.calls
    }
  }

  /** Begins the hour of an instant, if that has not begun. Returns it. */
  begin(at: number): number {
    const hour = Math.floor(at / HOUR_MS)
    if (hour === this.#hour) return hour
    if (this.#calls > 0) this.#keep(this.#hour, this.#figures())
    this.#hour = hour
    this.#calls = 0
    this.#counts = newCounts()
    this.#sketches = newSketches()
    this.#usual.clear()
    return hour
  }

  /** Counts a call of the hour that was begun. */
  countCall(): void {
    this.#calls++
    this.calls++
  }

  /** Counts that a call of the hour is of a share. */
  countShare(name: WatchedShare): void {
    this.#counts[name]++
  }

  /** Counts what was measured of a call of the hour. */
  countMeasure(name: WatchedMeasure, value: number): void {
    this.#sketches[name].add(value)
  }

  /** The share that is usual: half of the hours of the last days have less. */
  share(name: WatchedShare): number {
    return this.#cached(name, () => {
      const hours = [...this.#hours.values()].filter(({ calls }) => calls >= ENOUGH)
      const known = hours.flatMap(({ of }) => of[name] ?? [])
      // Before an hour is over, what there was of it.
      return median(known) ?? this.#counts[name] / Math.max(1, this.#calls)
    }) as number
  }

  /** Above what a measure is unusual at this time of day; `undefined` until that can be told. */
  most(name: WatchedMeasure): number | undefined {
    return this.#cached(name, () => {
      if (this.#hours.size < LEAST_HOURS) return undefined
      const around = [-1, 0, 1].flatMap((shift) => this.#atHour(name, this.#hour + shift) ?? [])
      const values = around.length > 0 ? around : this.#all(name)
      return values.length > 0 ? Math.max(...values) * MARGIN : undefined
    })
  }

  /** Calls of the same hour of the day in the last days, the fewest first; hours that had none are 0. */
  callsAt(hour: number): number[] {
    const days = Array.from({ length: DAYS }, (_, day) => hour - (day + 1) * DAY)
    const [first = Number.POSITIVE_INFINITY] = this.#hours.keys()
    return days
      .filter((each) => each >= first)
      .map((each) => this.#hours.get(each)?.calls ?? 0)
      .sort((one, other) => one - other)
  }

  toJSON(): StoredSeason {
    return [...this.#hours]
  }

  #atHour(name: WatchedMeasure, hour: number): number | undefined {
    const days = Array.from({ length: DAYS }, (_, day) => this.#hours.get(hour - (day + 1) * DAY))
    return median(
      days.flatMap((each) => (each && each.calls >= ENOUGH ? (each.of[name] ?? []) : []))
    )
  }

  #all(name: WatchedMeasure): number[] {
    return [...this.#hours.values()].flatMap(({ calls, of }) =>
      calls >= ENOUGH ? (of[name] ?? []) : []
    )
  }

  #figures(): HourFigures {
    const calls = this.#calls
    const shares = SHARES.map((name) => [name, rounded(this.#counts[name] / calls)])
    const measures = MEASURES.flatMap((name) => {
      const most = this.#sketches[name].quantiles([0.9])?.[0]
      return most === undefined ? [] : [[name, rounded(most)]]
    })
    return { calls, of: Object.fromEntries([...shares, ...measures]) }
  }

  #keep(hour: number, figures: HourFigures): void {
    this.#hours.set(hour, figures)
    for (const each of this.#hours.keys()) {
      if (each > hour - KEPT) break
      this.#hours.delete(each)
    }
  }

  #cached(name: string, read: () => number | undefined): number | undefined {
    if (this.#hours.size === 0) return read()
    if (!this.#usual.has(name)) this.#usual.set(name, read())
    return this.#usual.get(name)
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor((sorted.length - 1) / 2)]
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function newCounts(): { [name in WatchedShare]: number } {
  return { errors: 0, refusals: 0, foreign: 0 }
}

function newSketches(): { [name in WatchedMeasure]: Sketch } {
  return { duration: new Sketch(), tokens: new Sketch(), unsure: new Sketch() }
}
