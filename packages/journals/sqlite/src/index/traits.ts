import { CALL_COLUMNS, type CallDocument, type CallRow } from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'

const TYPES = {
  kind: 'TEXT',
  stage: 'TEXT',
  provider: 'TEXT',
  model: 'TEXT',
  answered_model: 'TEXT',
  operation: 'TEXT',
  service: 'TEXT',
  version: 'TEXT',
  error_type: 'TEXT',
  flags: 'INTEGER'
} as const satisfies { readonly [Name in keyof CallRow]?: string }

/** What many calls have alike, as it stands in a row of traits. */
export type TraitRow = Pick<CallRow, keyof typeof TYPES>

/** The columns of traits, in their order. */
export const TRAIT_NAMES = Object.keys(TYPES) as readonly (keyof TraitRow)[]

/** The columns of a call's newest header that its own row has: what is of the call alone. */
export const OWN_COLUMNS = Object.entries(CALL_COLUMNS).filter(([name]) => !(name in TYPES))

/**
 * The table of what many calls have alike, of which each call's row has the number: a few hundred rows of it stand for
 * millions of calls. A number is never given twice, so that a reader may remember what it stood for. `whole_calls` has a call's
 * own columns and these.
 */
export const TRAITS_SCHEMA = `
  CREATE TABLE traits (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ${TRAIT_NAMES.map((name) => `${name} ${TYPES[name]}`)}
  );
  CREATE INDEX traits_by_values ON traits (${TRAIT_NAMES});
  CREATE VIEW whole_calls AS SELECT calls.*, ${TRAIT_NAMES.map((name) => `traits.${name}`)}
    FROM calls JOIN traits ON traits.id = calls.trait;
`

const FIND = `SELECT id FROM traits WHERE ${TRAIT_NAMES.map((name) => `${name} IS ?`).join(' AND ')}`
const INSERT = `INSERT INTO traits (${TRAIT_NAMES}) VALUES (${TRAIT_NAMES.map(() => '?')}) RETURNING id`
const DROP_UNUSED = 'DELETE FROM traits WHERE id NOT IN (SELECT trait FROM calls)'

/** Finds the number of what a call has in common with others, for one step of indexing: between two, others may drop it. */
export class Traits {
  readonly #index: Database
  readonly #known = new Map<string, number>()

  constructor(index: Database) {
    this.#index = index
  }

  /** The number of a call's traits, which are stored where nothing has them yet. Throws SQLite's error. */
  add({ columns, errorType, flags }: CallDocument): number {
    const row = { ...columns, error_type: errorType, flags }
    const values = TRAIT_NAMES.map((name) => row[name])
    const key = JSON.stringify(values)
    const id = this.#known.get(key) ?? this.#find(values) ?? this.#insert(values)
    this.#known.set(key, id)
    return id
  }

  /** Forgets what it has found. */
  clear(): void {
    this.#known.clear()
  }

  #find(values: readonly unknown[]): number | undefined {
    return prepared(this.#index, FIND)
      .pluck()
      .get(...values) as number | undefined
  }

  #insert(values: readonly unknown[]): number {
    return Number(
      prepared(this.#index, INSERT)
        .pluck()
        .get(...values)
    )
  }
}

/** Drops what no call has any more, once calls were forgotten. Throws SQLite's error. */
export function dropUnusedTraits(index: Database): void {
  index.exec(DROP_UNUSED)
}
