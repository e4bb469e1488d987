import { withResolvers } from '../base/promises.ts'
import type { BodyPieces } from './request-body.ts'

/**
 * The same pieces, and all of them once they have come: as far as they came where the body fails, which fails the
 * request itself; nothing where some come only when the request was sent, or where they cannot be read.
 */
export function teePieces(rest: BodyPieces): {
  readonly pieces: BodyPieces
  readonly whole: Promise<readonly Uint8Array[] | undefined>
} {
  const whole = withResolvers<readonly Uint8Array[] | undefined>()
  async function* read(): BodyPieces {
    const kept: Uint8Array[] = []
    try {
      for await (const piece of rest) {
        if (piece === undefined) whole.resolve(undefined)
        else kept.push(piece)
        yield piece
      }
      whole.resolve(kept)
    } catch (error) {
      if (!(error instanceof RangeError)) whole.resolve(kept)
      throw error
    } finally {
      whole.resolve(undefined)
    }
  }
  return { pieces: read(), whole: whole.promise }
}
