import { withResolvers } from '../base/promises.ts'
import type { BodyPieces } from '../streams/request-body.ts'

/** Reads what is still to come of a request, until it is told to give up. */
export class RequestRest {
  /** Settles when nothing more comes, with whether all has come. Never rejects. */
  readonly done: Promise<boolean>
  /** Settles when nothing more comes before the request was sent. */
  readonly held: Promise<void>
  readonly #held = withResolvers<void>()
  readonly #given = withResolvers<undefined>()

  /** `add` gets the pieces; it must not throw. */
  constructor(pieces: BodyPieces, add: (piece: Uint8Array) => void) {
    this.held = this.#held.promise
    this.done = this.#read(pieces[Symbol.asyncIterator](), add).catch(() => false)
    void this.done.then(this.#held.resolve as () => void)
  }

  /** What has not come by now is not waited for. */
  giveUp(): void {
    this.#given.resolve(undefined)
  }

  async #read(
    pieces: AsyncIterator<Uint8Array | undefined>,
    add: (piece: Uint8Array) => void
  ): Promise<boolean> {
    try {
      for (;;) {
        const next = await Promise.race([pieces.next(), this.#given.promise])
        if (next?.done) return true
        if (next === undefined) break
        if (next.value === undefined) this.#held.resolve()
        else add(next.value)
      }
      // One that waits for its next piece ends when that comes.
      void pieces.return?.().then(undefined, () => undefined)
    } catch {
      // Too large, or what cannot be read, which fails the request itself.
    }
    return false
  }
}
