import { decodeBase64, joinBytes } from '@slm-audit/core/adapter'

/** A sound that came in pieces that are each base64 by themselves. */
export function joinSound(pieces: readonly unknown[]): Uint8Array {
  return joinBytes(
    pieces.flatMap((piece) => (typeof piece === 'string' ? (decodeBase64(piece) ?? []) : []))
  )
}
