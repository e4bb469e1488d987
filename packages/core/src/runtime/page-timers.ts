/** Timers of a page, which may be left before they fire. */
export interface Hurry {
  /** Runs `run` after a delay in milliseconds; one of zero is a microtask while hurried. Returns a cancel. */
  defer(run: () => void, delayMs: number): () => void
  /** What is due at once runs now, as microtasks, until `relax`. */
  hurry(): void
  relax(): void
}

/** Makes a set of timers that can be hurried. */
export function newHurry(): Hurry {
  const due = new Set<() => void>()
  let isHurried = false
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
      if (isHurried) queueMicrotask(once)
      else setTimeout(once, 0)
      return () => due.delete(once)
    },
    hurry() {
      isHurried = true
      for (const once of due) queueMicrotask(once)
    },
    relax() {
      isHurried = false
    }
  }
}

/** Calls `flush` whenever the page is hidden or left, hurried until it is seen again; returns an undo. */
export function watchPage({ hurry, relax }: Hurry, flush: () => void): () => void {
  const hide = () => {
    hurry()
    flush()
  }
  const change = () => (document.visibilityState === 'hidden' ? hide() : relax())
  document.addEventListener('visibilitychange', change)
  addEventListener('pagehide', hide)
  addEventListener('pageshow', relax)
  return () => {
    document.removeEventListener('visibilitychange', change)
    removeEventListener('pagehide', hide)
    removeEventListener('pageshow', relax)
    relax()
  }
}
