import {
  IndexRanges,
  isErasure,
  parseRecord,
  rangesOf,
  readAging,
  readErasure,
  type SealedRecord,
  toHex
} from '@slm-audit/core/journal'
import type { Batch, ContentPlace } from '../format/batch.ts'

/** What records of erasures and of retention say that the log has lost, and its archive is to lose too. */
export class Erasures {
  /** Commitments, by the record that lost them. */
  readonly #erased = new Map<number, Set<string>>()
  readonly #aged: IndexRanges
  /** All records that lost something. */
  readonly #concerned: IndexRanges

  constructor(records: readonly SealedRecord[]) {
    this.#aged = new IndexRanges(records.flatMap((sealed) => readAging(sealed)?.ranges ?? []))
    for (const sealed of records) {
      if (!isErasure(sealed)) continue
      const { records: lost, commitments } = readErasure(sealed)
      for (const index of lost) {
        const known = this.#erased.get(index) ?? new Set()
        for (const each of commitments) known.add(each)
        this.#erased.set(index, known)
      }
    }
    const erased = [...this.#erased.keys()].sort((one, other) => one - other)
    this.#concerned = new IndexRanges([...this.#aged.all, ...rangesOf(erased)])
  }

  /** Whether nothing was lost. */
  get areNone(): boolean {
    return this.#concerned.all.length === 0
  }

  /** Whether a record lost the content, or part of one, with a commitment in lower-case hex. */
  has(index: number, commitment: string): boolean {
    return this.#aged.has(index) || this.#erased.get(index)?.has(commitment) === true
  }

  /** Whether one of the records from an index on, up to before another, lost something. */
  concern(from: number, to: number): boolean {
    return this.#concerned.all.some(([first, end]) => first < to && end > from)
  }

  /** A batch without what was lost; `undefined` where it has nothing of that. */
  without(batch: Batch): Batch | undefined {
    const byIndex = new Map(batch.records.map((sealed) => [sealed.index, sealed]))
    const isThere = (place: ContentPlace) => {
      const sealed = byIndex.get(place.index)
      return !sealed || !this.has(place.index, commitmentAt(sealed, place))
    }
    const contents = batch.contents
      .map((each) => ({ ...each, places: each.places.filter(isThere) }))
      .filter(({ places }) => places.length > 0)
    const count = (all: Batch['contents']) =>
      all.reduce((sum, { places }) => sum + places.length, 0)
    return count(contents) === count(batch.contents) ? undefined : { ...batch, contents }
  }
}

function commitmentAt(sealed: SealedRecord, { name, part }: ContentPlace): string {
  if (part === undefined) return parseRecord(sealed).log.contents[name]?.commitment ?? ''
  const content = sealed.contents.find((each) => each.name === name)
  const { commitment } = content?.parts?.[part] ?? {}
  return commitment ? toHex(commitment) : ''
}
