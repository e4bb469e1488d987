import { newUuid } from '../base/uuid.ts'
import type { CursorChange, Cursors, ExporterState, SetAside } from '../journal/cursors.ts'

/** One exporter's place in its journal, as far as this process may move it. */
export class ExportCursor {
  readonly #name: string
  readonly #cursors: Cursors
  readonly #start: Promise<number>
  readonly #onMoved: () => void
  readonly #holder = newUuid()
  #state: ExporterState | undefined
  #isHeld = false
  #isStale = true
  /** A change that is not known to be stored. */
  #unsaved: CursorChange | undefined

  /**
   * @param start Where an exporter begins that the journal does not know.
   * @param onMoved Is told when somebody else has moved the cursor.
   */
  constructor(name: string, cursors: Cursors, start: Promise<number>, onMoved: () => void) {
    this.#name = name
    this.#cursors = cursors
    this.#start = start
    this.#onMoved = onMoved
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
    if (stored?.next !== this.#state?.next) this.#onMoved()
    this.#state = stored
    this.#isStale = false
    if (!stored) await this.advance({ next: await this.#start })
    return this.#isHeld
  }

  /** Stores a change of the state; when that fails, the next `hold` does it before all else. */
  async advance(change: Partial<ExporterState>, setAside?: SetAside): Promise<void> {
    const state = { next: 0, delivered: 0, failures: 0, ...this.#state, ...change }
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
    this.#onMoved()
  }
}
