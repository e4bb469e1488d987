import { addressOf } from '../api.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** After how long a refused connection is tried again, in milliseconds. */
const AGAIN_MS = 5_000
const NAME = `slm-audit ${addressOf('/api/live')}`

/**
 * Calls `onChange` at once and whenever the log has changed, while the page is in sight: one call at a time, with `pauseMs`
 * between them. A browser opens six connections to a host at most, so of all pages of one viewer a single one listens, and
 * tells the others.
 */
export function followChanges(onChange: () => Promise<void>, pauseMs = 0): () => void {
  const whole = new AbortController()
  const change = oneAtATime(onChange, pauseMs, whole.signal)
  const channel = new BroadcastChannel(NAME)
  channel.onmessage = () => {
    if (isInSight()) change()
  }
  let shown = new AbortController()
  const look = (): void => {
    shown.abort()
    if (!isInSight()) return
    shown = new AbortController()
    change()
    void listenAlone(shown.signal, () => {
      channel.postMessage('')
      change()
    })
  }
  document.addEventListener('visibilitychange', look, { signal: whole.signal })
  look()
  return () => {
    whole.abort()
    shown.abort()
    channel.close()
  }
}

function isInSight(): boolean {
  return document.visibilityState === 'visible'
}

/** Listens while no other page does; where pages cannot agree on one (no secure origin), each of them does. */
async function listenAlone(signal: AbortSignal, tell: () => void): Promise<void> {
  const listen = () => listenUntil(signal, tell)
  const { locks } = navigator as { locks?: LockManager }
  if (!locks) return await listen()
  // Rejects once the page goes out of sight.
  await locks.request(NAME, { signal }, listen).catch(() => undefined)
}

function listenUntil(signal: AbortSignal, tell: () => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    let source = listenOnce(tell)
    const timer = setInterval(() => {
      // A browser tries again by itself where nothing answers, and gives up on an answer that is a refusal.
      if (source.readyState === EventSource.CLOSED) source = listenOnce(tell)
    }, AGAIN_MS)
    const stop = (): void => {
      clearInterval(timer)
      source.close()
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

function listenOnce(tell: () => void): EventSource {
  const source = new EventSource(addressOf('/api/live'))
  source.addEventListener('changed', tell)
  return source
}
