import { setTimeout } from '../base/clock.ts'

/**
 * Runs `run` with `watcher` when `signal` has aborted, or if it had before, after what the client itself does then: a
 * body that somebody is reading tells of its end before. A signal that lives long does not keep the
 * watcher. Returns what stops watching.
 */
export function watchAbort<T extends object>(
  signal: AbortSignal,
  watcher: T,
  run: (watcher: T) => void
): () => void {
  const watching = new WeakRef(watcher)
  const later = () => {
    const found = watching.deref()
    if (found) setTimeout(run, 0, found)
  }
  if (signal.aborted) later()
  else signal.addEventListener('abort', later, { once: true })
  return () => signal.removeEventListener('abort', later)
}
