import { AuditError } from '../../base/error.ts'
import type { CallSummary } from '../call-summary.ts'
import {
  type FacetsWithin,
  type FacetsWithinOptions,
  FIELDS_WITHIN,
  type FieldWithin,
  WITHIN
} from '../stats/facets-within.ts'
import { limitOf } from './call-query.ts'

const USUAL = { limit: 20, among: 10_000 } as const
const MOST_CALLS = 100_000

/** Counts what calls have, one after the other. */
export class CountsWithin {
  /** How many calls are to be counted. */
  readonly among: number
  readonly #limit: number
  readonly #counts: Map<FieldWithin, Map<string, number>>
  #calls = 0

  /** Throws AuditError `bad_query` for fields and bounds that cannot be. */
  constructor({
    fields = FIELDS_WITHIN,
    limit = USUAL.limit,
    among = USUAL.among
  }: FacetsWithinOptions) {
    const unknown = fields.find((field) => !FIELDS_WITHIN.includes(field))
    if (unknown !== undefined) {
      throw bad(`${unknown} is not counted within a filter; ${FIELDS_WITHIN.join(', ')} are`)
    }
    if (!(Number.isInteger(among) && among >= 1 && among <= MOST_CALLS)) {
      throw bad(`among must be a whole number from 1 to ${MOST_CALLS}`)
    }
    this.#limit = limitOf({ limit })
    this.among = among
    this.#counts = new Map(fields.map((field) => [field, new Map()]))
  }

  /** How many calls are left to be counted. */
  get left(): number {
    return this.among - this.#calls
  }

  /** Counts a call. */
  add(call: CallSummary): void {
    this.#calls++
    for (const [field, counts] of this.#counts) {
      const value = call[WITHIN[field]]
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  }

  /** What was counted. */
  report(hasMore: boolean): FacetsWithin {
    const fields = [...this.#counts].map(([field, counts]) => {
      const found = [...counts].map(([value, calls]) => ({ value, calls }))
      found.sort((one, other) => other.calls - one.calls || (one.value < other.value ? -1 : 1))
      return [field, found.slice(0, this.#limit)] as const
    })
    return { fields: Object.fromEntries(fields), calls: this.#calls, hasMore }
  }
}

function bad(message: string): AuditError {
  return new AuditError('bad_query', message)
}
