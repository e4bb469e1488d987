import { addressOf } from '../api.ts'

const NAME = `slm-audit ${addressOf('/api/live')}`

/**
 * Calls `onChange` at once and whenever the log has changed, while the page is in sight. A browser opens six
 * connections to a host at most, so of all pages of one viewer a single one listens, and tells the others.
 */
export function followChanges(onChange: () => void): () => void {
  const whole = new AbortController()
  const channel = new BroadcastChannel(NAME)
  channel.onmessage = onChange
  let shown = new AbortController()
  const look = (): void => {
    shown.abort()
    if (document.visibilityState !== 'visible') return
    shown = new AbortController()
    onChange()
    void listenAlone(shown.signal, () => {
      channel.postMessage('')
      onChange()
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
    const source = new EventSource(addressOf('/api/live'))
    source.addEventListener('changed', tell)
    const stop = (): void => {
      source.close()
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
