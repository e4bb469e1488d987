import { type BodyChunk, decodeText } from '../base/bytes.ts'
import { readMessages } from './decode.ts'
import type { Framing } from './framing.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * The chunks from the one that begins the last event of a streamed body; all of them where events
 * are not told apart by lines. With `withData` comments alone, which keep connections open, are not events.
 */
export function lastEvent(
  chunks: readonly BodyChunk[],
  framing: Framing | undefined,
  withData = false
): readonly BodyChunk[] {
  // What stands behind has no data; it is looked through once, as each chunk may be an event.
  let end = chunks.length
  for (let from = end - 1; from > 0; from--) {
    if (!endsEvent(chunks, from - 1, framing)) continue
    if (!withData || framing !== 'sse') return chunks.slice(from)
    if (readMessages(decodeText(chunks.slice(from, end))).length > 0) return chunks.slice(from)
    end = from
  }
  return chunks
}

/**
 * Whether an event ends with the chunk at `at`: with a blank line (WHATWG HTML, section 9.2.6), or
 * where each line is one with its line feed.
 */
export function endsEvent(
  chunks: readonly BodyChunk[],
  at: number,
  framing: Framing | undefined
): boolean {
  if (framing === undefined) return false
  let missing = framing === 'sse' ? 2 : 1
  let isFeed = false
  for (let index = at; index >= 0; index--) {
    const chunk = chunks[index] ?? ''
    for (let end = chunk.length - 1; end >= 0; end--) {
      const unit = typeof chunk === 'string' ? chunk.charCodeAt(end) : chunk[end]
      const isReturn = unit === CARRIAGE_RETURN && framing === 'sse'
      if (!isReturn && unit !== LINE_FEED) return false
      // A return ends a line of server-sent events, unless the feed behind it has.
      const ends = !isReturn || !isFeed
      isFeed = !isReturn
      if (ends && --missing === 0) return true
    }
  }
  return false
}
