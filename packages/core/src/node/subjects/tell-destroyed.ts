import { AuditError, messageOf } from '../../base/error.ts'
import type { UsedProvider } from './contents-provider.ts'
import { withinDeadline } from './within-deadline.ts'

/** The data keys of a log that were destroyed, and that no provider was told of. */
export interface UntoldKeys {
  /** Name of the log. */
  readonly origin: string
  /** Those keys; each is told of until `told` notes it. */
  untold(): readonly UntoldKey[] | Promise<readonly UntoldKey[]>
  /** Notes that the provider was told of one. */
  told(id: number): void | Promise<void>
}

/** A key that was destroyed. */
export interface UntoldKey {
  /** Its number among the keys of the log. */
  readonly id: number
  /** What the provider knows it as (`KeyContext.key`). */
  readonly name: string
}

/**
 * Tells the provider of data keys that were destroyed, also by a program that has no provider. One that cannot be
 * told is told the next time. Rejects with what the provider says.
 */
export async function tellDestroyed(
  keys: UntoldKeys,
  { provider, settings }: UsedProvider
): Promise<void> {
  const { origin } = keys
  for (const { id, name } of await keys.untold()) {
    await withinDeadline(provider.destroy?.({ origin, key: name }), settings.deadlineMs)
    await keys.told(id)
  }
}

/** Tells the provider of destroyed keys while a log is open, one time after the other. */
export class DestroyedKeys {
  readonly #tellNow: () => Promise<void>
  readonly #failed: (problem: AuditError) => void
  #telling: Promise<void> = Promise.resolve()
  #isStopped = false

  /**
   * @param tellNow Tells of those that no provider was told of, where this process has one.
   * @param failed Hears that the provider could not be told.
   */
  constructor(tellNow: () => Promise<void>, failed: (problem: AuditError) => void) {
    this.#tellNow = tellNow
    this.#failed = failed
  }

  /** Tells of those that were destroyed and not told of; returns at once. */
  tell(): void {
    this.#telling = this.#telling.then(() => this.#tell())
  }

  /** Ends it; of what was not told whoever opens the log next tells. */
  stop(): void {
    this.#isStopped = true
  }

  async #tell(): Promise<void> {
    try {
      if (!this.#isStopped) await this.#tellNow()
    } catch (cause) {
      // Its store is closed.
      if (this.#isStopped) return
      const message = `the key provider could not be told of keys that were destroyed: ${messageOf(cause)}; it is told when retention runs next, or the log is opened`
      this.#failed(new AuditError('bad_key', message, { cause }))
    }
  }
}
