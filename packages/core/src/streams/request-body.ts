import { isInstance } from '../base/instance.ts'
import { withResolvers } from '../base/promises.ts'
import { writeMultipart } from './write-multipart.ts'

/** Larger uploads are recorded without their bytes, so that no log holds what nobody can read. */
const MOST_BYTES = 64 * 1024 * 1024

/** A request's body as data that the application cannot change any more. */
export type BodyData = string | Uint8Array | undefined

/** Pieces of a body. `undefined` says that the next waits until the request was sent. */
export type BodyPieces = AsyncIterable<Uint8Array | undefined>

/** For adapters of what is no fetch: the beginning of a body whose end was never sent. */
export class CutBody {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/**
 * The body of a request, as fetch takes it. Nothing is consumed: a stream is the request's alone and
 * stays unknown.
 */
export class RequestBody {
  /** The body, where it is there at once. */
  readonly data: BodyData
  /** Whether there is a body that nobody can read but whoever sends it. */
  readonly isUnread: boolean
  /** The body bit by bit, where it can only be read so: a form with files, a file, a Request. */
  readonly rest: BodyPieces | undefined
  readonly #sent = withResolvers<void>()
  readonly #stream: ReadableStream<Uint8Array> | undefined
  #isAhead = false
  #instead: ReadableStream<Uint8Array> | undefined

  /** @param isReplaceable Whether whoever sends the request sends `instead` in place of the body, where there is one. */
  constructor(body: unknown, isReplaceable = false) {
    if (isReplaceable && isInstance(body, 'ReadableStream')) {
      this.#stream = body as ReadableStream<Uint8Array>
    }
    if (body instanceof CutBody) this.rest = readCut(body)
    else if (isInstance(body, 'FormData'))
      this.rest = limited(writeMultipart([...body], MOST_BYTES))
    else if (isInstance(body, 'Blob')) this.rest = limited(readBlob(body))
    else if (isInstance(body, 'Request')) this.rest = limited(this.#readRequest(body))
    else this.data = isInstance(body, 'URLSearchParams') ? body.toString() : copyOf(body)
    const isRead = this.data !== undefined || this.rest !== undefined
    this.isUnread = !isRead && body !== undefined && body !== null
  }

  /** The request was sent, or will not be: reading the rest of it holds up nothing any more. */
  sent(): void {
    this.#sent.resolve()
  }

  /** A branch of a stream that was read ahead, which has all of it. */
  get instead(): ReadableStream<Uint8Array> | undefined {
    return this.#instead
  }

  /** The body bit by bit for a request that waits until it is read: nothing of it is left until then. */
  readAhead(): BodyPieces | undefined {
    this.#isAhead = true
    // One that somebody reads is refused by the request itself.
    if (this.#stream === undefined || this.#stream.locked) return this.rest
    const [own, sent] = this.#stream.tee()
    this.#instead = sent
    return limited(readStream(own))
  }

  /**
   * Reads a copy of a Request's body, which may be a stream of the application's: that must not be pulled
   * ahead of a request that does not wait for it. A body that was given whole comes in one piece; what comes behind the
   * second is read once the request was sent, if whoever sent it read the body.
   */
  async *#readRequest(request: Request): BodyPieces {
    const reader = request.clone().body?.getReader()
    if (reader === undefined) return
    try {
      for (let count = 1; ; count++) {
        const { done, value } = await reader.read()
        if (done) return
        yield bytesOf(value)
        if (count !== 2 || this.#isAhead) continue
        yield undefined
        await this.#sent.promise
        if (!request.bodyUsed) throw new RangeError('nobody read the body')
      }
    } finally {
      // The other half of the copy waits for nobody: it cancels when the request itself does.
      void reader.cancel().catch(() => undefined)
    }
  }
}

async function* readCut({ bytes }: CutBody): BodyPieces {
  yield bytes
  throw new RangeError('the request has no end')
}

async function* readStream(stream: ReadableStream<Uint8Array>): BodyPieces {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield bytesOf(value)
    }
  } finally {
    // The other half waits for nobody.
    void reader.cancel().catch(() => undefined)
  }
}

/** What a stream gave as bytes; Node's fetch sends texts as well. Throws RangeError for what nobody can send. */
function bytesOf(piece: unknown): Uint8Array {
  if (typeof piece === 'string') return new TextEncoder().encode(piece)
  if (ArrayBuffer.isView(piece)) {
    return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
  }
  throw new RangeError('the stream gives what is not bytes')
}

/** Throws RangeError at the piece with which a body is too large. */
async function* limited(pieces: BodyPieces): BodyPieces {
  let size = 0
  for await (const piece of pieces) {
    size += piece?.length ?? 0
    if (size > MOST_BYTES) throw new RangeError(`the body is larger than ${MOST_BYTES} bytes`)
    yield piece
  }
}

async function* readBlob(blob: Blob): BodyPieces {
  if (blob.size > MOST_BYTES) throw new RangeError(`the body is larger than ${MOST_BYTES} bytes`)
  yield* blob.stream()
}

function copyOf(body: unknown): BodyData {
  if (typeof body === 'string') return body
  try {
    if (body instanceof ArrayBuffer) return new Uint8Array(body.slice(0))
    if (!ArrayBuffer.isView(body)) return undefined
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  } catch {
    // Bytes that were given away, which fail the request itself.
    return undefined
  }
}
