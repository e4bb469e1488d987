import { after, define, type TapObserver, tapIterator } from './tap-iterator.ts'

/** A piece of a body: bytes, or text where the application took the body as text. */
export type BodyChunk = Uint8Array | string

const encoder = new TextEncoder()

/** The bytes of one body, which several branches may deliver, each byte seen once. */
export class Sequence {
  readonly #observer: TapObserver<BodyChunk>
  #seen = 0
  #branches = 0
  #cancelled = 0

  constructor(observer: TapObserver<BodyChunk>) {
    this.#observer = observer
  }

  /** An observer for one more branch, which has delivered `at` bytes: `tee` makes two of one. */
  branch(at = 0): TapObserver<BodyChunk> & { readonly at: number } {
    this.#branches++
    let position = at
    let stopped = false
    return {
      get at() {
        return position
      },
      next: (chunk) => {
        position = this.#deliver(chunk, position)
      },
      end: () => this.#observer.end(),
      fail: (error) => this.#observer.fail(error),
      cancel: () => {
        if (stopped) return
        stopped = true
        if (++this.#cancelled === this.#branches) this.#observer.cancel()
      }
    }
  }

  /** A branch that was split is no branch any more. */
  split(): void {
    this.#branches--
  }

  /** Tells of what is new in a chunk; text is always a whole body. Returns the chunk's end. */
  #deliver(chunk: BodyChunk, position: number): number {
    const seen = this.#seen
    const end = typeof chunk === 'string' ? Number.POSITIVE_INFINITY : position + chunk.length
    if (end <= seen) return end
    this.#seen = end
    if (position === seen) this.#observer.next(chunk)
    else {
      const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk
      this.#observer.next(bytes.subarray(seen - position))
    }
    return end
  }
}

type Branch = ReturnType<Sequence['branch']>

const tapped = new WeakSet<object>()

/**
 * Watches a web stream in place: its readers, iterators, branches and pipes tell `sequence` of the
 * chunks that the consumer takes, when it takes them. The stream stays the same object, so that
 * neither its pulls nor its closing move. `from` is how many bytes were delivered before.
 */
export function tapStream<S extends ReadableStream<Uint8Array>>(
  stream: S,
  sequence: Sequence,
  from = 0
): S {
  if (tapped.has(stream) || !Object.isExtensible(stream)) return stream
  tapped.add(stream)
  const branch = sequence.branch(from)
  const native = Object.getPrototypeOf(stream) as ReadableStream<Uint8Array>
  const iterate = (options?: { preventCancel?: boolean }) =>
    iterateStream(native.values.call(stream, options), branch)
  define(stream, {
    getReader(options?: ReadableStreamGetReaderOptions) {
      return tapReader(native.getReader.call(stream, options as undefined), branch)
    },
    cancel(reason?: unknown) {
      branch.cancel()
      return native.cancel.call(stream, reason)
    },
    tee() {
      const branches = native.tee.call(stream)
      const { at } = branch
      sequence.split()
      for (const one of branches) tapStream(one as S, sequence, at)
      return branches
    },
    pipeThrough(pair: ReadableWritablePair<unknown, Uint8Array>, options?: StreamPipeOptions) {
      return observed(native, stream, branch).pipeThrough(pair, options)
    },
    pipeTo(destination: WritableStream<Uint8Array>, options?: StreamPipeOptions) {
      return observed(native, stream, branch).pipeTo(destination, options)
    },
    ...(typeof native.values === 'function' && { values: iterate, [Symbol.asyncIterator]: iterate })
  })
  return stream
}

function tapReader(
  reader: ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader,
  branch: Branch
): typeof reader {
  const { read, cancel } = reader as ReadableStreamDefaultReader<Uint8Array>
  // A BYOB reader's buffer goes back to the application, which may fill it again.
  const copies = read.length > 0
  const saw = (result: ReadableStreamReadResult<Uint8Array>) => {
    if (result.done) return after(branch.end(), result)
    branch.next(copies ? result.value.slice() : result.value)
    return result
  }
  const failed = async (error: unknown): Promise<never> => {
    await branch.fail(error)
    throw error
  }
  define(reader, {
    read: (...views: []) => read.apply(reader as never, views).then(saw, failed),
    cancel(reason?: unknown) {
      branch.cancel()
      return cancel.call(reader as never, reason)
    }
  })
  return reader
}

function iterateStream(
  iterator: AsyncIterator<Uint8Array>,
  branch: Branch
): AsyncIterableIterator<Uint8Array> {
  const taps = tapIterator(iterator, branch)
  return {
    next: taps.next,
    return: taps.return,
    [Symbol.asyncIterator]() {
      return this
    }
  }
}

/** The stream through an observer, for native pipes, which read past the methods put over it. */
function observed(
  native: ReadableStream<Uint8Array>,
  stream: ReadableStream<Uint8Array>,
  branch: Branch
): ReadableStream<Uint8Array> {
  const reader = tapReader(native.getReader.call(stream, undefined as never), branch)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await (reader as ReadableStreamDefaultReader<Uint8Array>).read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  )
}
