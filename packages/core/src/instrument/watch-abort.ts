import { setTimeout } from '../base/clock.ts'
import { quietly } from '../base/host-first.ts'

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
    if (found) setTimeout(quietly(run), 0, found)
  }
  if (!signal.aborted) return onAbort(signal, later)
  later()
  return () => undefined
}

/**
 * Runs `run` once when `signal` aborts; returns what stops listening. What some clients take for a signal is no
 * EventTarget, and nothing is heard of it.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const { addEventListener, removeEventListener } = signal as Partial<AbortSignal>
  if (typeof addEventListener !== 'function') return () => undefined
  const heard = quietly(run)
  addEventListener.call(signal, 'abort', heard, { once: true })
  return () => removeEventListener?.call(signal, 'abort', heard)
}
