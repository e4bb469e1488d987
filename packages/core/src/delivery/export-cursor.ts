import { AuditError } from '../base/error.ts'
import { newUuid } from '../base/uuid.ts'
import type { CursorChange, Cursors, ExporterState, SetAside } from '../journal/cursors.ts'

/** What a cursor needs of its delivery. */
export interface CursorHost {
  /** Where an exporter begins that the journal does not know. */
  readonly start: Promise<number>
  /** The number of records in the journal. */
  size(): Promise<number>
  /** Is told when somebody else has moved the cursor. */
  moved(): void
  /** Hears of a cursor that was not where a delivery had left it. */
  report(problem: AuditError): void
}

/** One exporter's place in its journal, as far as this process may move it. */
export class ExportCursor {
  readonly #name: string
  readonly #cursors: Cursors
  readonly #host: CursorHost
  readonly #holder = newUuid()
  #state: ExporterState | undefined
  #isHeld = false
  #isStale = true
  /** A change that is not known to be stored. */
  #unsaved: CursorChange | undefined

  constructor(name: string, cursors: Cursors, host: CursorHost) {
    this.#name = name
    this.#cursors = cursors
    this.#host = host
  }

  /** The state as stored; `undefined` before the first `hold`. */
  get state(): ExporterState | undefined {
    return this.#state
  }

  /** Index of the first record that is not delivered. */
  get next(): number {
    return this.#state?.next ?? 0
  }

  /** Makes the next `hold` read the cursor again. */
  expire(): void {
    this.#isStale = true
  }

  /**
   * Makes sure that this process delivers, that nothing is unsaved, and that the place is the
   * stored one. False when another process delivers. Rejects when the journal fails.
   */
  async hold(): Promise<boolean> {
    if (this.#unsaved) await this.#save(this.#unsaved)
    if (!this.#isHeld) {
      this.#isHeld = await this.#cursors.claim(this.#name, this.#holder)
      this.#isStale = true
    }
    if (!this.#isHeld || !this.#isStale) return this.#isHeld
    const stored = await this.#cursors.load(this.#name)
    if (stored?.next !== this.#state?.next) this.#host.moved()
    this.#state = stored
    this.#isStale = false
    if (!stored) await this.advance({ next: await this.#host.start })
    else await this.#setRight(stored)
    return this.#isHeld
  }

  /** Brings back a cursor that does not stand where a delivery has left it. */
  async #setRight({ next, reached }: ExporterState): Promise<void> {
    const size = await this.#host.size()
    const right = Math.min(reached ?? (next > size ? 0 : next), size)
    if (next <= right) return
    const how =
      next > size
        ? `behind the end of the log, which has ${size}`
        : 'over records that were not delivered'
    const message = `the cursor of the exporter ${this.#name} was moved to ${next}, ${how}; it is set back to ${right}, and delivery goes on from there; look who can write the log`
    await this.advance({ next: right })
    this.#host.report(new AuditError('export_failed', message))
  }

  /** Stores a change of the state; when that fails, the next `hold` does it before all else. */
  async advance(change: Partial<ExporterState>, setAside?: SetAside): Promise<void> {
    const known = { next: 0, delivered: 0, failures: 0, ...this.#state, ...change }
    const state = { ...known, reached: known.next }
    await this.#save({ expected: this.#state?.next, state, ...(setAside && { setAside }) })
  }

  /** Lets others deliver. */
  async release(): Promise<void> {
    if (this.#isHeld) await this.#cursors.release(this.#name, this.#holder)
    this.#isHeld = false
  }

  async #save(change: CursorChange): Promise<void> {
    this.#unsaved = change
    const isSaved = await this.#cursors.save(this.#name, this.#holder, change)
    this.#unsaved = undefined
    if (isSaved) {
      this.#state = change.state
      return
    }
    this.#isHeld = false
    this.#host.moved()
  }
}
