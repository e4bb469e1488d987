import type { WireAnswer } from './answer-of.ts'

/**
 * Gives an answer as a fetch does, at once or in its recorded time. The signal ends it as it ends a fetch: with
 * its reason.
 */
export async function respond(
  { status, contentType, pieces, at }: WireAnswer,
  timing: 'at-once' | 'recorded',
  signal: AbortSignal | undefined
): Promise<Response> {
  signal?.throwIfAborted()
  const begin = performance.now()
  const until = (index: number) =>
    timing === 'recorded' ? wait((at[index] ?? 0) - (performance.now() - begin), signal) : undefined
  await until(0)
  const bytes = new TextEncoder()
  let next = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (next > 0) await until(next)
      signal?.throwIfAborted()
      const piece = pieces[next++]
      if (piece !== undefined) {
        controller.enqueue(typeof piece === 'string' ? bytes.encode(piece) : piece)
      }
      if (next >= pieces.length) controller.close()
    }
  })
  return new Response(body, { status, headers: { 'content-type': contentType } })
}

/** Waits so many milliseconds; rejects with the signal's reason as soon as it is aborted. */
async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = () => reject(signal?.reason)
  const timer = setTimeout(resolve, ms)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
