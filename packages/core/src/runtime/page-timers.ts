import { clearTimeout, setTimeout } from '../base/clock.ts'

/** Timers of a page, which may be left before they fire. */
export interface PageTimers {
  /** Runs `run` after a delay in milliseconds; a delay of zero is a microtask while the page is hidden. Returns a cancel. */
  defer(run: () => void, delayMs: number): () => void
  /** Runs what waits without a delay now, as microtasks, and goes on so until `resume`. */
  flushImmediately(): void
  resume(): void
}

/** Makes a set of timers that run at once while a page is being left. */
export function createPageTimers(): PageTimers {
  const due = new Set<() => void>()
  let isImmediate = false
  return {
    defer(run, delayMs) {
      if (delayMs > 0) {
        const timer = setTimeout(run, delayMs)
        return () => clearTimeout(timer)
      }
      const once = () => {
        if (due.delete(once)) run()
      }
      due.add(once)
      if (isImmediate) queueMicrotask(once)
      else setTimeout(once, 0)
      return () => due.delete(once)
    },
    flushImmediately() {
      isImmediate = true
      for (const once of due) queueMicrotask(once)
    },
    resume() {
      isImmediate = false
    }
  }
}

/** Calls `flush` whenever the page is hidden or left; timers run at once until it is seen again. Returns an undo. */
export function watchPage({ flushImmediately, resume }: PageTimers, flush: () => void): () => void {
  const hide = () => {
    flushImmediately()
    flush()
  }
  const change = () => (document.visibilityState === 'hidden' ? hide() : resume())
  document.addEventListener('visibilitychange', change)
  addEventListener('pagehide', hide)
  addEventListener('pageshow', resume)
  return () => {
    document.removeEventListener('visibilitychange', change)
    removeEventListener('pagehide', hide)
    removeEventListener('pageshow', resume)
    resume()
  }
}
