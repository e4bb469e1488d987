import { clearTimeout, setTimeout } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import type { Anchor, AnchoredLog } from './anchor.ts'

/** How long one publication may take, in milliseconds. */
const DEADLINE_MS = 10_000

/** What anchoring tells of. */
export interface AnchoringEvents {
  /** Witnesses signed a checkpoint: the lines of their signatures. */
  cosigned(checkpoint: string, lines: readonly string[]): void
  /** An anchor did not take a checkpoint. */
  failed(problem: AuditError): void
}

/**
 * Publishes a log's checkpoints to its anchors. Each anchor gets one checkpoint at a time, and
 * always the newest: what came in between is contained in it.
 */
export class Anchoring {
  readonly #anchors: readonly Anchor[]
  readonly #log: AnchoredLog
  readonly #events: AnchoringEvents
  readonly #busy = new Map<Anchor, Promise<void>>()
  /** What each anchor failed with last, until it keeps a checkpoint again. */
  readonly #failures = new Map<Anchor, string>()
  #newest: string | undefined

  constructor(anchors: readonly Anchor[], log: AnchoredLog, events: AnchoringEvents) {
    this.#anchors = anchors
    this.#log = log
    this.#events = events
  }

  /** Publishes a checkpoint that is newer than all before. */
  publish(checkpoint: string): void {
    this.#newest = checkpoint
    for (const anchor of this.#anchors) {
      if (!this.#busy.has(anchor)) this.#start(anchor)
    }
  }

  /** Resolves when all anchors have kept the newest checkpoint or failed to. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values())
  }

  #start(anchor: Anchor): void {
    const run = this.#run(anchor).finally(() => this.#busy.delete(anchor))
    this.#busy.set(anchor, run)
  }

  async #run(anchor: Anchor): Promise<void> {
    let done: string | undefined
    while (this.#newest !== undefined && this.#newest !== done) {
      done = this.#newest
      try {
        const lines = await withDeadline((signal) => anchor.publish(done ?? '', this.#log, signal))
        this.#failures.delete(anchor)
        if (lines && lines.length > 0) this.#events.cosigned(done, lines)
      } catch (cause) {
        this.#failed(anchor, cause)
      }
    }
  }

  /** Tells of the first failure of an episode, and of one for another reason. */
  #failed(anchor: Anchor, cause: unknown): void {
    const reason = messageOf(cause)
    if (this.#failures.get(anchor) === reason) return
    this.#failures.set(anchor, reason)
    const message = `anchor ${anchor.name} did not keep the checkpoint: ${reason}`
    const isFork = AuditError.is(cause) && cause.code === 'history_rewritten'
    const code = isFork ? cause.code : 'anchor_failed'
    this.#events.failed(new AuditError(code, message, { cause }))
  }
}

/** Runs with a signal that aborts at the deadline, and does not wait longer than that either. */
async function withDeadline<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const problem = new Error(`no answer within ${DEADLINE_MS} ms`)
      controller.abort(problem)
      reject(problem)
    }, DEADLINE_MS)
  })
  try {
    return await Promise.race([run(controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}
