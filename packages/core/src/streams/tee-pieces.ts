import type { BodyPieces } from './request-body.ts'

/** The same pieces, and all of them once they have come; nothing where some come only when the request was sent. */
export function teePieces(rest: BodyPieces): {
  readonly pieces: BodyPieces
  readonly whole: Promise<readonly Uint8Array[] | undefined>
} {
  const whole = Promise.withResolvers<readonly Uint8Array[] | undefined>()
  async function* read(): BodyPieces {
    const kept: Uint8Array[] = []
    try {
      for await (const piece of rest) {
        if (piece === undefined) whole.resolve(undefined)
        else kept.push(piece)
        yield piece
      }
      whole.resolve(kept)
    } finally {
      whole.resolve(undefined)
    }
  }
  return { pieces: read(), whole: whole.promise }
}
