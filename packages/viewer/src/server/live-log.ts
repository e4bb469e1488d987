import { messageOf } from '@slm-audit/core/journal'
import type { Reader } from '@slm-audit/core/reader'

/** How often the log is looked at, in milliseconds. */
const EVERY_MS = 400
/** A line that keeps connections open which nobody says anything on. */
const KEEP_ALIVE = ': still here\n\n'
const KEEP_ALIVE_TURNS = 30

/**
 * Server-sent events: one `changed` at once, and one whenever the log has. They do not say what changed: each
 * page asks for the calls of its own filter, so that one connection serves all pages of a browser, and a page
 * that slept misses nothing. A log that cannot be read is a `problem` with its words. Ends with the request.
 */
export function followLog(reader: Reader, signal: AbortSignal): Response {
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  let isOver = signal.aborted
  const stop = (): void => {
    isOver = true
    clearTimeout(timer)
  }
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let last = ''
      let turns = 0
      const look = async (): Promise<void> => {
        const state = await stateOf(reader)
        if (isOver) return
        if (state !== last) controller.enqueue(encoder.encode(eventOf(state)))
        else if (++turns % KEEP_ALIVE_TURNS === 0) controller.enqueue(encoder.encode(KEEP_ALIVE))
        last = state
        timer = setTimeout(look, EVERY_MS)
      }
      signal.addEventListener('abort', stop, { once: true })
      void look()
    },
    cancel: stop
  })
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
  return new Response(body, { headers })
}

const PROBLEM = 'problem '

/** What is another text once a call began or ended, or the log was signed. */
async function stateOf(reader: Reader): Promise<string> {
  try {
    return JSON.stringify(await Promise.all([reader.size(), reader.checkpoint()]))
  } catch (error) {
    return PROBLEM + messageOf(error)
  }
}

function eventOf(state: string): string {
  if (!state.startsWith(PROBLEM)) return 'event: changed\ndata: {}\n\n'
  return `event: problem\ndata: ${JSON.stringify(state.slice(PROBLEM.length))}\n\n`
}
