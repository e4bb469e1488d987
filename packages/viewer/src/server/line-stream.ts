import { AuditError, messageOf } from '@slm-audit/core/journal'

/** Progress is told at most so often, in milliseconds. */
const EVERY_MS = 100

/** Told how much is done, and of how much. */
export type OnProgress = (done: number, of: number) => void

/**
 * An answer to something that takes long, as lines of JSON: `{ done, of }` now and then, and at the end `{ result }`, or
 * `{ problem }` with its words.
 */
export function lineStream(run: (onProgress: OnProgress) => Promise<unknown>): Response {
  const encoder = new TextEncoder()
  let isOver = false
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const say = (value: unknown): void => {
        if (!isOver) controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
      }
      let last = 0
      const onProgress = (done: number, of: number): void => {
        // Nobody waits for it any more: what throws here ends it.
        if (isOver) throw new AuditError('bad_query', 'whoever asked has gone')
        if (performance.now() - last < EVERY_MS) return
        last = performance.now()
        say({ done, of })
      }
      try {
        say({ result: await run(onProgress) })
      } catch (error) {
        say({ problem: messageOf(error).split('\n')[0] })
      }
      if (!isOver) controller.close()
    },
    cancel() {
      isOver = true
    }
  })
  const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }
  return new Response(body, { headers })
}
