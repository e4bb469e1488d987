import type { BodyChunk } from '../base/bytes.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { endsWithLast, holdsError } from './ends.ts'
import type { Framing } from './framing.ts'
import { endsEvent, lastEvent } from './last-event.ts'

/** Whether the last event ends with the last of `chunks`; it may have begun in chunks before. */
export function endsWithChunk(
  protocol: Protocol,
  chunks: readonly BodyChunk[],
  framing: Framing | undefined,
  asked: () => unknown
): boolean {
  if (protocol.decode) return endsWithLast(protocol, chunks.slice(-1), framing, asked)
  if (!endsEvent(chunks, chunks.length - 1, framing)) return false
  return endsWithLast(protocol, lastEvent(chunks, framing), framing, asked)
}

/** Whether the last event has arrived in `chunks`, or an error, behind which a client may drop the rest. */
export function isAtEnd(
  protocol: Protocol,
  chunks: readonly BodyChunk[],
  framing: Framing | undefined,
  asked: () => unknown
): boolean {
  const last = lastEvent(chunks, framing, true)
  return holdsError(protocol, last, framing) || endsWithLast(protocol, last, framing, asked)
}
