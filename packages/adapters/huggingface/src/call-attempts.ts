import { type AttemptGroup, type AuditLog, passError, passOn } from '@slm-audit/core/adapter'

/**
 * The attempts that the client makes at one call: it asks again at every 503, as often as it takes,
 * and leaves unread what it does not need, the rest of a stream included. So the method's own result
 * tells how the call ended.
 */
export class CallAttempts {
  readonly #log: AuditLog
  readonly #group: AttemptGroup
  #isOver = false

  constructor(log: AuditLog, signal: AbortSignal | undefined) {
    this.#log = log
    this.#group = {
      started: 0,
      options: () => ({
        limit: this.#isOver ? 1 : Number.POSITIVE_INFINITY,
        tellsWhenOver: true,
        signal
      })
    }
  }

  /** Runs one request as the next attempt. */
  run<T>(send: () => T): T {
    return this.#log.withAttempts(this.#group, send)
  }

  readonly onResolved = passOn(() => this.end())

  readonly onRejected = passError((error) => this.fail(error))

  /** The wire below tells of chunks. */
  next(): void {
    this.#isOver = true
  }

  /** The result is there; what the client did not read is nobody's any more. */
  end(): Promise<void> | undefined {
    return this.cancel()
  }

  fail(error: unknown): Promise<void> | undefined {
    this.#isOver = true
    return this.#group.last?.giveUp(error)
  }

  /** The consumer stopped: the client tells nobody, and leaves the connection open. */
  cancel(): Promise<void> | undefined {
    this.#isOver = true
    return this.#group.call?.isOpen ? this.#group.last?.cancel() : this.#group.call?.settled()
  }
}
