import { commit, type SealedPart, toHex } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { AddPart } from './evidence-rows.ts'

/** Most parts that one record brings; the id of a part is the index of that record × this + its place. */
export const PARTS_PER_RECORD = 2 ** 20

/** Parts of copied records that are remembered. */
const MOST_COPIED = 100_000
const NOTHING = new Uint8Array()

/** Gives parts their ids, each once, and collects the rows of those that are not stored yet. */
export class PartIds {
  /** Of parts that were sealed here, by the salt that sealing gives for a part each time. */
  #ids = new WeakMap<Uint8Array, number>()
  /** Of parts that were sealed elsewhere, by commitment. */
  readonly #copied = new Map<string, number>()
  #next = 0

  /** Begins with a record: `rows` takes those of its new parts. */
  begin(index: number): void {
    this.#next = index * PARTS_PER_RECORD
  }

  /** The ids of a content's parts. */
  of(parts: readonly SealedPart[], isCopy: boolean, add: AddPart): number[] {
    return parts.map((part) => (isCopy ? this.#ofCopy(part, add) : this.#of(part, add)))
  }

  /** Forgets all: a transaction was undone, or parts are gone that new records must not refer to. */
  forget(): void {
    this.#ids = new WeakMap()
    this.#copied.clear()
  }

  #of(part: SealedPart, add: AddPart): number {
    const { salt, body } = part
    const known = salt && this.#ids.get(salt)
    if (known !== undefined) return known
    const id = this.#next++
    if (!salt || !body) throw new Error('a part that is not stored came without its bytes')
    add(id, part)
    this.#ids.set(salt, id)
    return id
  }

  /** A part that its sealer stored once comes again with each record that has it. */
  #ofCopy(part: SealedPart, add: AddPart): number {
    const { salt, body, commitment } = part
    const key =
      salt && body ? commit(salt, body, nodeSha256) : `erased ${toHex(commitment ?? NOTHING)}`
    const known = this.#copied.get(key)
    if (known !== undefined) return known
    const id = this.#next++
    add(id, part)
    if (this.#copied.size >= MOST_COPIED) this.#copied.clear()
    this.#copied.set(key, id)
    return id
  }
}
