import { messageOf } from '@slm-audit/core/journal'
import type { CallSummary, Reader } from '@slm-audit/core/reader'

/** How often the log is looked at, in milliseconds. */
const EVERY_MS = 500
/** Newest calls that are watched: new ones, and those that end. */
const WATCHED = 50
/** A line that keeps connections open which nobody says anything on. */
const KEEP_ALIVE = ': still here\n\n'
const KEEP_ALIVE_TURNS = 30

/**
 * Server-sent events: the newest calls of a filter that are new or have changed, oldest first, as they are
 * stored. Ends with the request.
 */
export function followCalls(reader: Reader, filter: string, signal: AbortSignal): Response {
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => clearTimeout(timer)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const seen = new Map<string, string>()
      let turns = 0
      const look = async (): Promise<void> => {
        const text = await changes(reader, filter, seen)
        if (signal.aborted) return
        const isQuiet = text === '' && ++turns % KEEP_ALIVE_TURNS !== 0
        if (!isQuiet) controller.enqueue(encoder.encode(text || KEEP_ALIVE))
        timer = setTimeout(look, EVERY_MS)
      }
      signal.addEventListener('abort', stop, { once: true })
      void look().catch(() => controller.close())
    },
    cancel: stop
  })
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
  return new Response(body, { headers })
}

/** The events of what has changed since; the first look only remembers. */
async function changes(reader: Reader, filter: string, seen: Map<string, string>): Promise<string> {
  const isFirst = seen.size === 0
  let items: readonly CallSummary[]
  try {
    items = (await reader.query(filter, { limit: WATCHED })).items
  } catch (error) {
    return `event: problem\ndata: ${JSON.stringify(messageOf(error))}\n\n`
  }
  const changed = items.filter((call) => {
    const text = JSON.stringify(call)
    const isNew = seen.get(call.auditId) !== text
    seen.set(call.auditId, text)
    return isNew
  })
  for (const auditId of seen.keys()) {
    if (seen.size <= 4 * WATCHED) break
    seen.delete(auditId)
  }
  if (isFirst && changed.length > 0) return 'event: ready\ndata: {}\n\n'
  if (changed.length === 0) return ''
  return `event: calls\ndata: ${JSON.stringify(changed.reverse())}\n\n`
}
