import type { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import type { SystemState } from '../record/record.ts'
import { createPageTimers, watchPage } from './page-timers.ts'

/** A value that follows the asynchronous code started inside `run`. */
export interface ScopeStore<T> {
  /** The value that the code here and now runs with. */
  get(): T | undefined
  /** Runs code with a value, and returns its result. */
  run<R>(value: T, run: () => R): R
  /** Runs what `channel` runs with a message with the value that `read` gives; returns an undo. */
  bind?(channel: StoreChannel, read: (message: unknown) => T | undefined): () => void
}

/** What is used of a channel of Node's diagnostics: values for the code that it runs. */
export interface StoreChannel {
  /** Runs code below the channel with what `transform` makes of its message. */
  bindStore(store: unknown, transform: (message: unknown) => unknown): void
  /** Undoes `bindStore`. */
  unbindStore(store: unknown): unknown
}

/** What core needs from the runtime beyond Web APIs. `nodePlatform()` has all of it. */
export interface Platform {
  /** For instance `node 24.21.0`. */
  readonly runtime?: string
  /** Operating system and architecture. */
  readonly platform?: string
  /** Name of the machine, for records; absent where it is unknown. */
  readonly hostName?: string
  /** Id of the process, for records; absent where there is none. */
  readonly pid?: number
  /** Makes a store for the context of calls: asynchronous where the runtime has that. */
  newScopeStore<T>(): ScopeStore<T>
  /** A quick synchronous SHA-256, for the digests of media; the portable one is slow. */
  readonly sha256?: Hash
  /** State of the process without `openCalls`; cheap enough to be asked at every call. */
  systemState?(): Omit<SystemState, 'openCalls'>
  /** Runs `run` once after `delayMs` without keeping the process alive; returns a cancel. */
  defer(run: () => void, delayMs: number): () => void
  /** Keeps the process alive until the returned function is called. */
  hold?(): () => void
  /** Calls `drain`, which is synchronous, when the process exits; returns an undo. */
  onExit?(drain: () => void): () => void
  /** Calls `flush` when the page is hidden or left, perhaps for good; returns an undo. */
  onHide?(flush: () => void): () => void
  /** Tells a person about a problem when the application gave no `onProblem`. */
  warn(problem: AuditError): void
}

/**
 * The platform of browsers and other runtimes with Web APIs only. Context set by `withContext`
 * reaches the synchronous part of `run` alone, because there is no asynchronous context.
 *
 * In a page the log flushes when the page is hidden. No timer fires any more in a page that is being
 * left, so what is due at once then runs as microtasks, until the page is seen again.
 */
export function webPlatform(): Platform {
  const timers = createPageTimers()
  return {
    newScopeStore: newStackStore,
    defer: timers.defer,
    ...(typeof document !== 'undefined' && { onHide: (flush) => watchPage(timers, flush) }),
    warn(problem) {
      reportError(problem)
    }
  }
}

function newStackStore<T>(): ScopeStore<T> {
  let current: T | undefined
  return {
    get: () => current,
    run(value, run) {
      const outer = current
      current = value
      try {
        return run()
      } finally {
        current = outer
      }
    }
  }
}
