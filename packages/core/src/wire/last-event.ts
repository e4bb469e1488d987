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
  let from = chunks.length - 1
  for (; from > 0; from--) {
    if (!endsEvent(chunks, from - 1, framing)) continue
    const found = chunks.slice(from)
    if (!withData || framing !== 'sse' || readMessages(decodeText(found)).length > 0) return found
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
      const isReturn = unit === CARRIAGE_RETURN
      if (!isReturn && unit !== LINE_FEED) return false
      // A return ends a line of server-sent events, unless the feed behind it has.
      const ends = isReturn ? framing === 'sse' && !isFeed : true
      isFeed = !isReturn
      if (ends && --missing === 0) return true
    }
  }
  return false
}
