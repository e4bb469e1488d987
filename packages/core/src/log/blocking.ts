import { AuditError, messageOf } from '../base/error.ts'
import type { Call } from '../call/call.ts'
import { holding, within } from '../runtime/deadline.ts'
import type { Platform } from '../runtime/platform.ts'

/** What callers wait for in the blocking modes: the records of their calls. */
export class Waits {
  readonly #platform: Platform
  readonly #deadlineMs: number
  readonly #report: (problem: AuditError) => void
  readonly #stored = new WeakMap<Call, Promise<void>>()

  constructor(platform: Platform, deadlineMs: number, report: (problem: AuditError) => void) {
    this.#platform = platform
    this.#deadlineMs = deadlineMs
    this.#report = report
  }

  /** Says that a record of `call` is on its way; returns what is to be told when it is stored. */
  expect(call: Call): (error?: AuditError) => void {
    let done: (error?: AuditError) => void = () => undefined
    const stored = new Promise<void>((resolve, reject) => {
      done = (error) => (error ? reject(error) : resolve())
    })
    stored.catch(() => undefined)
    this.#stored.set(call, stored)
    return done
  }

  /**
   * Waits for the record of `call` that was expected last, at most until the deadline. One that is
   * not stored is reported; if `strict`, AuditError `not_recorded` is thrown, too.
   */
  async untilStored(call: Call, strict: boolean): Promise<void> {
    const late = `nothing was stored within ${this.#deadlineMs} ms`
    const stored = this.#stored.get(call) ?? Promise.resolve()
    try {
      await holding(this.#platform, within(this.#deadlineMs, stored, this.#platform, late))
    } catch (cause) {
      const message = `call ${call.auditId} could not be recorded: ${messageOf(cause)}`
      const problem = new AuditError('not_recorded', message, { cause })
      this.#report(problem)
      if (strict) throw problem
    }
  }
}
