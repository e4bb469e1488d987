import { isObject } from '../../base/json.ts'
import { parse } from '../../base/json-text.ts'
import type { CarriedFrame } from '../../recording/frame.ts'
import type { OpenedFacts, PartFacts } from '../../recording/frame-facts.ts'
import type { Carry, Position } from './spool-place.ts'

/**
 * The calls of a spool that have begun and not ended, as far as it has been read. A call whose request comes in parts has ended
 * with the last of them, where that is behind its answer: nothing of it becomes evidence before.
 */
export class OpenCalls {
  /** Where the first frame of each is that is not carried, in order. */
  readonly #begun = new Map<string, Position>()
  /** By file, the calls with frames in it. */
  readonly #carried = new Map<string, Set<string>>()
  /** Those of which the request is still coming, and whether they have been answered. */
  readonly #asking = new Map<string, boolean>()

  /** Takes note of a frame at its place. */
  note(frame: CarriedFrame, position: Position): void {
    const { kind, auditId } = frame
    if (this.#isEnd(frame)) this.#end(auditId)
    // What is left of a call whose beginning was lost, or comes behind its end, opens nothing.
    else if (!this.#begun.has(auditId) && (kind === 'opened' || this.has(auditId))) {
      this.#begun.set(auditId, position)
    }
  }

  /** Takes note of a frame that is carried, and was noted by who carried it. */
  noteCarried(frame: CarriedFrame): void {
    this.#isEnd(frame)
  }

  has(auditId: string): boolean {
    return this.#begun.has(auditId) || [...this.#carried.values()].some((ids) => ids.has(auditId))
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

  /** Whether a call has ended with a frame. */
  #isEnd({ kind, auditId, meta }: CarriedFrame): boolean {
    if (kind === 'opened' && says(meta, 'isContinued')) this.#asking.set(auditId, false)
    const isAnswered = this.#asking.get(auditId)
    if (isAnswered === undefined) return kind === 'ended'
    if (kind === 'ended') this.#asking.set(auditId, true)
    if (kind !== 'part' || !says(meta, 'isLast')) return false
    this.#asking.delete(auditId)
    return isAnswered
  }

  #end(auditId: string): void {
    this.#begun.delete(auditId)
    for (const [name, calls] of this.#carried) {
      calls.delete(auditId)
      if (calls.size === 0) this.#carried.delete(name)
    }
  }
}

/** Whether a frame says something that most do not: others are not taken apart. */
function says(meta: string, name: keyof OpenedFacts | keyof PartFacts): boolean {
  if (!meta.includes(`"${name}":true`)) return false
  try {
    const facts: unknown = parse(meta)
    return isObject(facts) && facts[name] === true
  } catch {
    // Whoever makes records of frames tells of one that cannot be read.
    return false
  }
}
