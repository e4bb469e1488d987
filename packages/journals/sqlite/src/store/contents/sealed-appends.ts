import type { StoredPlace } from '@slm-audit/core/node'
import type { Row } from '../writer.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import { KeyOutOfUse } from './row-cipher.ts'
import type { BatchKeys, SubjectKeys } from './subject-keys.ts'

/** How the contents and headers of new records name and lock up what is a person's. */
export interface Protecting {
  readonly keys: SubjectKeys
  /** Absent where users keep their names in headers. */
  readonly pseudonyms?: Pseudonyms
}

/** Stores a batch in one transaction. */
type Store = (rows: readonly Row[], place: StoredPlace | undefined, keys?: BatchKeys) => void

/** How often a batch is sealed anew because a subject was erased meanwhile. */
const TRIES = 5

/** Stores batches with the keys of their contents, in the order in which they came. */
export class SealedAppends {
  readonly #how: Protecting | undefined
  readonly #store: Store
  #before: Promise<void> | undefined

  /** Without `how` all is stored plain. */
  constructor(how: Protecting | undefined, store: Store) {
    this.#how = how
    this.#store = store
  }

  /** Stores a batch: at once where its keys are in memory and nothing waits. Fails as `Writer.append`, and as the provider of keys. */
  append(rows: readonly Row[], place: StoredPlace | undefined): void | Promise<void> {
    if (!this.#how) return this.#store(rows, place)
    const { keys } = this.#how
    const named = this.#named(rows)
    const ready = this.#before ? undefined : keys.inMemory(named)
    if (ready && this.#isStored(named, place, ready)) return undefined
    const stored = this.#inTurn(keys, rows, place, this.#before)
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
    keys: SubjectKeys,
    rows: readonly Row[],
    place: StoredPlace | undefined,
    before: Promise<void> | undefined
  ): Promise<void> {
    await before
    for (let tries = 1; ; tries++) {
      const named = this.#named(rows)
      const found = await keys.get(named)
      if (this.#isStored(named, place, found, tries === TRIES)) return
    }
  }

  #named(rows: readonly Row[]): readonly Row[] {
    return this.#how?.pseudonyms?.applied(rows) ?? rows
  }

  /** False where a key is out of use: all are forgotten then, and all pseudonyms. */
  #isStored(
    rows: readonly Row[],
    place: StoredPlace | undefined,
    keys: BatchKeys,
    isLast = false
  ): boolean {
    try {
      this.#store(rows, place, keys)
      return true
    } catch (error) {
      if (!(error instanceof KeyOutOfUse) || isLast) throw error
      this.#how?.keys.forget()
      this.#how?.pseudonyms?.forget()
      return false
    }
  }
}
