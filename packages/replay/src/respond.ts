import type { WireAnswer } from './answer-of.ts'

/**
 * Gives an answer as a fetch does, at once or in its recorded time. The signal ends it as it ends a fetch: with
 * its reason. An answer that broke off breaks off; one that the application gave up stays open meanwhile.
 */
export async function respond(
  { status, headers, pieces, at, breaks }: WireAnswer,
  timing: 'at-once' | 'recorded',
  signal: AbortSignal | undefined
): Promise<Response> {
  signal?.throwIfAborted()
  const begin = performance.now()
  const waitUntil = (ms: number) => wait(ms - (performance.now() - begin), signal)
  const until = (index: number) => (timing === 'recorded' ? waitUntil(at[index] ?? 0) : undefined)
  await until(0)
  if (status === undefined) {
    await waitUntil(breaks?.openMs ?? 0)
    throw breaks?.error ?? new TypeError('fetch failed')
  }
  const bytes = new TextEncoder()
  let next = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = pieces[next]
      if (piece !== undefined) {
        if (next > 0) await until(next)
        signal?.throwIfAborted()
        next++
        controller.enqueue(typeof piece === 'string' ? bytes.encode(piece) : piece)
      } else if (breaks) {
        await waitUntil(breaks.openMs)
        signal?.throwIfAborted()
        throw breaks.error
      }
      if (!breaks && next >= pieces.length) controller.close()
    }
  })
  return new Response(body, { status, headers: asked(headers, timing) })
}

/** Who is answered at once is not asked to wait before the next try either. */
function asked(headers: WireAnswer['headers'], timing: 'at-once' | 'recorded'): HeadersInit {
  return timing === 'recorded' || !('retry-after' in headers)
    ? headers
    : { ...headers, 'retry-after': '0', 'retry-after-ms': '1' }
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
