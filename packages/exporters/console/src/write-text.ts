/** What the exporter needs of a stream: Node's writable streams have it. */
export interface TextStream {
  /** Whether a terminal shows it: colours are then used. */
  readonly isTTY?: boolean
  /** Writes a text; `done` is called when it is handed over, or with the error. */
  write(text: string, done: (error?: Error | null) => void): unknown
  /** Hears errors of the stream that belong to no write. */
  on?(event: 'error', listener: (error: Error) => void): unknown
  /** Undoes `on`. */
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/**
 * Writes a text and waits until the stream has taken it, or the signal aborts. A stream that
 * breaks meanwhile, such as a pipe whose reader went away, rejects; it does not end the process
 * for want of a listener.
 */
export function writeText(stream: TextStream, text: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) {
    abort()
    return promise
  }
  signal.addEventListener('abort', abort, { once: true })
  stream.on?.('error', reject)
  const release = (): void => {
    signal.removeEventListener('abort', abort)
    // The event comes after the callback.
    setImmediate(() => stream.off?.('error', reject))
  }
  stream.write(text, (error) => {
    if (error) reject(error)
    else resolve()
    release()
  })
  return promise
}
