import type { StoredPlace } from '@slm-audit/core/node'
import type { Row } from '../writer.ts'
import { KeyOutOfUse } from './row-cipher.ts'
import type { BatchKeys, SubjectKeys } from './subject-keys.ts'

/** Stores a batch in one transaction. */
type Store = (rows: readonly Row[], place: StoredPlace | undefined, keys?: BatchKeys) => void

/** How often a batch is sealed anew because a subject was erased meanwhile. */
const TRIES = 5

/** Stores batches with the keys of their contents, in the order in which they came. */
export class SealedAppends {
  readonly #keys: SubjectKeys | undefined
  readonly #store: Store
  #before: Promise<void> | undefined

  /** Without keys all is stored plain. */
  constructor(keys: SubjectKeys | undefined, store: Store) {
    this.#keys = keys
    this.#store = store
  }

  /** Stores a batch: at once where its keys are in memory and nothing waits. Fails as `Writer.append`, and as the provider of keys. */
  append(rows: readonly Row[], place: StoredPlace | undefined): void | Promise<void> {
    if (!this.#keys) return this.#store(rows, place)
    const ready = this.#before ? undefined : this.#keys.inMemory(rows)
    if (ready && this.#isStored(rows, place, ready)) return undefined
    const stored = this.#inTurn(this.#keys, rows, place, this.#before)
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
      const found = await keys.get(rows)
      if (this.#isStored(rows, place, found, tries === TRIES)) return
    }
  }

  /** False where a key is out of use: all are forgotten then. */
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
      this.#keys?.forget()
      return false
    }
  }
}
