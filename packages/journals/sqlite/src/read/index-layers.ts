import { parseRecord } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import type { IndexPlace } from '../index/index-database.ts'
import { BaseIndex } from './base-index.ts'
import { type Clock, OUT_OF_TIME, STOPPED } from './clock.ts'
import type { IndexLayer, Relevant, Walk } from './index-layer.ts'
import type { IndexRow } from './index-row.ts'
import { TailIndex } from './tail-index.ts'

/** How much a finder does of its own, where the index file is behind the log. */
export interface TailBounds {
  /** Newest records that are looked at, and bytes of their contents. */
  readonly records: number
  readonly bytes: number
}

/** Records are indexed so long, in milliseconds, before it is asked whether anybody waits. */
const GROWN_MS = 50

/** An index of a part of the log. */
export interface Layer {
  readonly layer: IndexLayer
  /** The index of the log at which it ends. */
  readonly to: number
  /** Absent for the index file. */
  readonly tail?: TailIndex
}

/**
 * The layers of the index: the index file, and an index of its own of the records that the file does
 * not hold yet, of which it makes so much as its bounds allow.
 */
export class IndexLayers {
  readonly #evidence: Database
  readonly #base: BaseIndex
  readonly #bounds: TailBounds
  readonly #size
  /** Of the newest records. */
  #tail: TailIndex | undefined
  /** Of what is between the index file and those. */
  #grown: TailIndex | undefined
  #grewFrom: number | undefined

  constructor(evidence: Database, file: string, bounds: TailBounds) {
    this.#evidence = evidence
    this.#base = new BaseIndex(evidence, file)
    this.#bounds = bounds
    this.#size = evidence.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck()
  }

  /** Whether what was found in the index file may be of two states of it. */
  get isStale(): boolean {
    return this.#base.isStale
  }

  /**
   * All of the log, in layers of which none has a record that another has, so that what they count adds
   * up. Throws `OUT_OF_TIME`.
   */
  openApart(clock: Clock): Layer[] {
    const { reached } = this.#base.get() ?? { reached: 0 }
    if (this.#grown && this.#grown.from < reached) this.#dropGrown()
    if (this.#tail && this.#tail.from < (this.#grown?.to ?? reached)) {
      this.#tail.close()
      this.#tail = undefined
    }
    for (;;) {
      const { layers, behind } = this.open(clock)
      if (behind === 0) return layers
      if (!clock.isEndless) throw OUT_OF_TIME
      this.growAll(clock)
    }
  }

  /** The newest rows of all layers; `undefined` where the index file turns out to be damaged. */
  rows(layers: readonly Layer[], walk: Omit<Walk, 'skip'>): IndexRow[] | undefined {
    const found = this.#ask(layers, walk, (layer, bounds) => layer.rows({ ...walk, ...bounds }))
    if (found?.length === 1) return found[0]
    return found?.flat().sort((one, other) => other.id - one.id)
  }

  /** The most relevant rows of each layer, in no order; `undefined` as for `rows`. */
  relevant(
    layers: readonly Layer[],
    walk: Pick<Walk, 'filter' | 'below' | 'clock'>
  ): Relevant | undefined {
    const found = this.#ask(layers, walk, (layer, bounds) => layer.relevant({ ...walk, ...bounds }))
    return (
      found && {
        rows: found.flatMap(({ rows }) => rows),
        compared: found.reduce((sum, { compared }) => sum + compared, 0)
      }
    )
  }

  /** How the instructions of a row's call begin, where a layer has them. */
  instructionsOf(row: IndexRow): string | undefined {
    for (const layer of [this.#tail?.layer, this.#grown?.layer, this.#base.layer]) {
      try {
        const text = layer?.instructionsOf(row)
        if (text !== undefined) return text
      } catch {
        // Of a damaged index nothing is needed: the call has them as well.
      }
    }
    return undefined
  }

  /** Asks each layer for its part of the log; `undefined` where the index file turns out to be damaged. */
  #ask<T>(
    layers: readonly Layer[],
    walk: Pick<Walk, 'below'>,
    ask: (layer: IndexLayer, bounds: Pick<Walk, 'below' | 'skip'>) => T
  ): T[] | undefined {
    const skip = new Set<number>()
    const found: T[] = []
    let { below } = walk
    for (const { layer, to, tail } of layers) {
      try {
        found.push(ask(layer, { below: Math.min(below, to), skip }))
      } catch (error) {
        const isOfClock = error === OUT_OF_TIME || error === STOPPED
        if (isOfClock || tail || !this.#base.giveUp()) throw error
        return undefined
      }
      for (const id of tail?.known ?? []) skip.add(id)
      below = Math.min(walk.below, tail?.from ?? 0)
    }
    return found
  }

  /**
   * Indexes on, for itself, what no index file holds, until a deadline; true when nothing is left or,
   * unless `alone`, whoever writes the index file has gone on with it since it was asked last.
   */
  grow(deadline: number, alone = false): boolean {
    const size = Number(this.#size.get())
    const { reached, parts } = this.#base.get() ?? { reached: 0, parts: 0 }
    const isOthersWork = !alone && this.#grewFrom !== undefined && reached > this.#grewFrom
    this.#grewFrom = reached
    if (isOthersWork) return true
    if (this.#grown && !isWithin(reached, this.#grown, size)) this.#dropGrown()
    this.#grown ??= new TailIndex(this.#evidence, reached, parts)
    return this.#grown.advance(size, deadline)
  }

  /** Indexes, for itself, all that no index file holds. Throws as the clock does. */
  growAll(clock: Clock): void {
    while (!this.grow(performance.now() + GROWN_MS, true)) clock.check()
  }

  close(): void {
    this.#base.close()
    this.#tail?.close()
    this.#dropGrown()
  }

  /**
   * The layers, the newest first, and how many records are in none of them. Throws `OUT_OF_TIME`, also
   * at once where the tail is over its bounds and the clock has an end.
   */
  open(clock: Clock): { readonly layers: Layer[]; readonly behind: number } {
    const base = this.#base.get()
    const size = base?.size ?? Number(this.#size.get())
    let { reached, parts } = base ?? { reached: 0, parts: 0 }
    const layers: Layer[] = base ? [{ layer: base.layer, to: reached }] : []
    if (this.#grown && !isWithin(reached, this.#grown, size)) this.#dropGrown()
    if (this.#grown) {
      const { layer, to } = this.#grown
      layers.unshift({ layer, to, tail: this.#grown })
      reached = to
      parts = this.#grown.parts
    }
    if (reached >= size) return { layers, behind: 0 }
    const tail = this.#tailOf({ reached, parts }, size, clock)
    layers.unshift({ layer: tail.layer, to: size, tail })
    return { layers, behind: Math.max(0, tail.from - reached) }
  }

  #dropGrown(): void {
    this.#grown?.close()
    this.#grown = undefined
  }

  /** The index of the records from `reached` on, or of as many of the newest as the bounds allow. */
  #tailOf({ reached, parts }: Reached, size: number, clock: Clock): TailIndex {
    const known = this.#tail && isWithin(reached, this.#tail, size) ? this.#tail : undefined
    const isLarge = known !== undefined && known.to - known.from > 2 * this.#bounds.records
    const goesOn = known !== undefined && !isLarge
    const from = Math.max(goesOn ? known.to : reached, size - this.#bounds.records)
    const first = this.#withinBytes(from, size)
    if (first > reached && !clock.isEndless) throw OUT_OF_TIME
    const tail = goesOn && first === known.to ? known : new TailIndex(this.#evidence, first, parts)
    if (tail !== this.#tail) this.#tail?.close()
    this.#tail = tail
    if (!tail.advance(size, clock.deadline)) throw OUT_OF_TIME
    return tail
  }

  /** From which record on, `from` or later, the contents are within the bounds; headers say how large they are. */
  #withinBytes(from: number, to: number): number {
    const header = this.#evidence.prepare('SELECT header FROM records WHERE idx = ?').pluck()
    let bytes = 0
    for (let index = to - 1; index >= from; index--) {
      bytes += sizeOf(String(header.get(index)))
      if (bytes > this.#bounds.bytes) return Math.min(index + 1, to - 1)
    }
    return from
  }
}

/** How far an index has come, and the newest part of the records in it. */
type Reached = Pick<IndexPlace, 'reached' | 'parts'>

/** Whether an index of a part of the log begins within another one and ends behind it. */
function isWithin(reached: number, { from, to }: TailIndex, size: number): boolean {
  return from <= reached && to >= reached && to <= size
}

/** Bytes of the contents that a header commits to; none for a header that cannot be read. */
function sizeOf(header: string): number {
  try {
    const contents = Object.values(parseRecord({ header }).log.contents)
    return contents.reduce((sum, { bytes }) => sum + bytes, 0)
  } catch {
    return 0
  }
}
