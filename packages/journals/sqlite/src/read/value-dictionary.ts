import { matchesPattern } from '@slm-audit/core/reader'
import { isListed, type ListedFacet } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'

/** Values that are looked through for a pattern. */
const MOST_READ = 20_000

/** The values that the calls of an index have in its facets. */
export class ValueDictionary {
  readonly #select: Statement
  readonly #calls: Statement

  constructor(database: Database) {
    this.#select = database
      .prepare('SELECT value FROM facets WHERE name = ? AND value >= ? AND value < ? LIMIT ? + 0')
      .pluck()
    this.#calls = database.prepare('SELECT calls FROM facets WHERE name = ? AND value = ?').pluck()
  }

  /** How many calls that have ended have one of some values of a facet, those that have several counted several times. */
  calls(name: ListedFacet, values: readonly string[]): number {
    return values.reduce((sum, value) => sum + Number(this.#calls.get(name, value) ?? 0), 0)
  }

  /**
   * The values of a facet that a pattern means; `undefined` where they are more than `most`, or are
   * not listed.
   */
  matching(name: ListedFacet, pattern: string, most: number): string[] | undefined {
    if (!isListed(name)) return undefined
    const [beginning = ''] = pattern.split('*')
    // Behind every text that begins so: U+10FFFF is the last code point in the order of UTF-8.
    const bounds = [beginning, `${beginning}\u{10ffff}\u{10ffff}`]
    const values = this.#select.all(name, ...bounds, MOST_READ + 1) as string[]
    const found = values.filter((value) => matchesPattern(pattern, value))
    return values.length > MOST_READ || found.length > most ? undefined : found
  }
}
