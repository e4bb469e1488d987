import type { CarriedFrame } from '../../recording/frame.ts'
import type { Carry, Position } from './spool-place.ts'

/** The calls of a spool that have begun and not ended, as far as it has been read. */
export class OpenCalls {
  /** Where the first frame of each is that is not carried, in order. */
  readonly #begun = new Map<string, Position>()
  /** By file, the calls with frames in it. */
  readonly #carried = new Map<string, Set<string>>()

  /** Takes note of a frame at its place. */
  note({ kind, auditId }: CarriedFrame, position: Position): void {
    if (kind === 'ended') this.#end(auditId)
    else if (kind !== 'event' && !this.#begun.has(auditId)) this.#begun.set(auditId, position)
  }

  has(auditId: string): boolean {
    return this.#begun.has(auditId) || this.carried.some(({ calls }) => calls.includes(auditId))
  }

  /** The oldest frame of an open call that is not carried. */
  get oldest(): Position | undefined {
    for (const position of this.#begun.values()) return position
    return undefined
  }

  /** The auditIds of calls with frames that are not carried. */
  get begun(): readonly string[] {
    return [...this.#begun.keys()]
  }

  /** The frames that were not carried are in a file of their own now. */
  carry(name: string): void {
    this.#carried.set(name, new Set(this.#begun.keys()))
    this.#begun.clear()
  }

  /** What is carried, as it was stored with a place. */
  restore(carried: readonly Carry[]): void {
    for (const { name, calls } of carried) this.#carried.set(name, new Set(calls))
  }

  /** The files with frames of calls that are still open. */
  get carried(): readonly Carry[] {
    return [...this.#carried].map(([name, calls]) => ({ name, calls: [...calls] }))
  }

  #end(auditId: string): void {
    this.#begun.delete(auditId)
    for (const [name, calls] of this.#carried) {
      calls.delete(auditId)
      if (calls.size === 0) this.#carried.delete(name)
    }
  }
}
