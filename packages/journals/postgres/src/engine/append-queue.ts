import { AuditError } from '@slm-audit/core/journal'
import type { Batch } from '../store/writer.ts'

interface Waiting extends Batch {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Records of one transaction: enough that its round trips do not count, few enough that others get their turn. */
const MOST_RECORDS = 2_000

/**
 * Stores batches that wait for each other together: one transaction for all that came while the last one was
 * under way. Where that fails because of one of them, each is stored by itself.
 */
export class AppendQueue {
  readonly #store: (batches: readonly Batch[]) => Promise<void>
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(store: (batches: readonly Batch[]) => Promise<void>) {
    this.#store = store
  }

  /** Resolves when a batch is stored; rejects when it is not known to be. */
  append(batch: Batch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing waits. Never rejects. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // What comes in the same turn comes along.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#storeSome(this.#next())
    this.#running = undefined
  }

  #next(): Waiting[] {
    let records = 0
    const over = this.#waiting.findIndex(({ pending }, at) => {
      records += pending.length
      return at > 0 && records > MOST_RECORDS
    })
    return this.#waiting.splice(0, over === -1 ? this.#waiting.length : over)
  }

  async #storeSome(some: readonly Waiting[]): Promise<void> {
    try {
      await this.#store(some)
      for (const { resolve } of some) resolve()
    } catch (error) {
      const isOfOne = some.length > 1 && AuditError.is(error) && error.code === 'bad_record'
      if (isOfOne) for (const one of some) await this.#storeSome([one])
      else for (const { reject } of some) reject(error)
    }
  }
}
