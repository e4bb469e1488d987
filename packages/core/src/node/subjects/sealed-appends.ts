import type { StoredPlace } from '../intake/evidence.ts'
import type { NamedRow, Pseudonyms } from './pseudonyms.ts'
import { KeyOutOfUse } from './record-cipher.ts'
import type { BatchKeys, SubjectKeys } from './subject-keys.ts'

/** How the contents and headers of new records name and lock up what is a person's. */
export interface Protecting {
  /** What contents are encrypted with. */
  readonly keys: SubjectKeys
  /** Absent where users keep their names in headers. */
  readonly pseudonyms?: Pseudonyms
}

/**
 * Stores a batch, all or none. Throws, or rejects with, `KeyOutOfUse` where one of its keys, or names, must not be used any
 * more, and what the store meets.
 */
export type StoreBatch<R> = (
  rows: readonly R[],
  place: StoredPlace | undefined,
  keys?: BatchKeys
) => void | Promise<void>

/** How often a batch is sealed anew because a subject was erased meanwhile. */
const TRIES = 5

/** Stores batches with the keys of their contents, in the order in which they came. */
export class SealedAppends<R extends NamedRow> {
  readonly #how: Protecting | undefined
  readonly #store: StoreBatch<R>
  #before: Promise<void> | undefined

  /** Without `how` all is stored plain. */
  constructor(how: Protecting | undefined, store: StoreBatch<R>) {
    this.#how = how
    this.#store = store
  }

  /**
   * Stores a batch: at once where its keys are in memory, the store answers at once and nothing waits. Fails as the store
   * does, and as the provider of keys.
   */
  append(rows: readonly R[], place: StoredPlace | undefined): void | Promise<void> {
    if (!this.#how) return this.#store(rows, place)
    const before = this.#before ?? this.#atOnce(this.#how, rows, place)
    if (before === true) return undefined
    return this.#wait(this.#inTurn(this.#how, { rows, place, before }))
  }

  /** Whether a batch is stored now that nothing waits; a promise of that where the store takes its time. */
  #atOnce(
    { keys, pseudonyms }: Protecting,
    rows: readonly R[],
    place: StoredPlace | undefined
  ): boolean | Promise<boolean> {
    const named = pseudonyms ? pseudonyms.applied(rows) : rows
    if (named instanceof Promise) return named.then(() => false)
    const ready = keys.inMemory(named)
    return ready ? this.#isStored(named, place, ready) : false
  }

  /** What comes later waits for it. */
  #wait(stored: Promise<void>): Promise<void> {
    const turn = stored.then(
      () => undefined,
      () => undefined
    )
    this.#before = turn
    void turn.then(() => {
      if (this.#before === turn) this.#before = undefined
    })
    return stored
  }

  async #inTurn(
    { keys, pseudonyms }: Protecting,
    {
      rows,
      place,
      before
    }: {
      readonly rows: readonly R[]
      readonly place: StoredPlace | undefined
      /** What came before, or the first try of this batch itself. */
      readonly before: Promise<unknown> | false
    }
  ): Promise<void> {
    if ((await before) === true) return
    for (let tries = 1; ; tries++) {
      const named = (await pseudonyms?.applied(rows)) ?? rows
      const found = await keys.get(named)
      if (await this.#isStored(named, place, found, tries === TRIES)) return
    }
  }

  /** False where a key, or a name, is out of use: all are forgotten then, and all pseudonyms. */
  #isStored(
    rows: readonly R[],
    place: StoredPlace | undefined,
    keys: BatchKeys,
    isLast = false
  ): boolean | Promise<boolean> {
    const names = this.#how?.pseudonyms && [
      ...new Set(rows.flatMap(({ subject }) => subject?.user ?? []))
    ]
    const refused = (error: unknown): false => {
      if (!(error instanceof KeyOutOfUse) || isLast) throw error
      this.#how?.keys.forget()
      this.#how?.pseudonyms?.forget()
      return false
    }
    try {
      const stored = this.#store(rows, place, { ...keys, ...(names && { names }) })
      return stored instanceof Promise ? stored.then(() => true, refused) : true
    } catch (error) {
      return refused(error)
    }
  }
}
