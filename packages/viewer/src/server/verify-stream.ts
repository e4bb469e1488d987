import { messageOf } from '@slm-audit/core/journal'
import type { Reader } from '@slm-audit/core/reader'

/** Progress is told at most so often, in milliseconds. */
const EVERY_MS = 100

/**
 * Verifies the whole log and tells how far it is: lines of JSON, `{ checked, of }` and at the end
 * `{ report }` or `{ problem }`.
 */
export function verifyInSteps(reader: Reader): Response {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const say = (value: unknown): void =>
        controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
      let last = 0
      const onProgress = (checked: number, of: number): void => {
        if (performance.now() - last < EVERY_MS) return
        last = performance.now()
        say({ checked, of })
      }
      try {
        say({ report: await reader.verify({ onProgress }) })
      } catch (error) {
        say({ problem: messageOf(error) })
      }
      controller.close()
    }
  })
  const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }
  return new Response(body, { headers })
}
