import type { Framing } from './read-answer.ts'
import type { BodyChunk } from './tap-stream.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * The chunks from the one that begins the last event of a streamed body; all of them where events
 * are not told apart by lines.
 */
export function lastEvent(
  chunks: readonly BodyChunk[],
  framing: Framing | undefined
): readonly BodyChunk[] {
  let from = chunks.length - 1
  while (from > 0 && !endsEvent(chunks, from - 1, framing)) from--
  return chunks.slice(Math.max(from, 0))
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
  for (let index = at; index >= 0; index--) {
    const chunk = chunks[index] ?? ''
    for (let end = chunk.length - 1; end >= 0; end--) {
      const unit = typeof chunk === 'string' ? chunk.charCodeAt(end) : chunk[end]
      if (unit === CARRIAGE_RETURN) continue
      if (unit !== LINE_FEED) return false
      if (--missing === 0) return true
    }
  }
  return false
}
