/**
 * Runs `run` when `signal` has aborted, after what the client itself does then: a body that somebody
 * is reading tells of its end before. Returns what stops watching.
 */
export function watchAbort(signal: AbortSignal, run: () => void): () => void {
  const later = () => {
    setTimeout(run, 0)
  }
  signal.addEventListener('abort', later, { once: true })
  return () => signal.removeEventListener('abort', later)
}
