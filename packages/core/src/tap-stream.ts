import { after, define, type TapObserver, tapIterator } from './tap-iterator.ts'

/** A piece of a body: bytes, or text where the application took the body as text. */
export type BodyChunk = Uint8Array | string

const encoder = new TextEncoder()

/** How a sequence counts its chunks, and takes the front off one that was seen in part. */
interface Measure<T> {
  sizeOf(chunk: T): number
  after(chunk: T, size: number): T
}

/** Text is always a whole body. */
const BYTES: Measure<BodyChunk> = {
  sizeOf: (chunk) => (typeof chunk === 'string' ? Number.POSITIVE_INFINITY : chunk.length),
  after: (chunk, size) => (typeof chunk === 'string' ? encoder.encode(chunk) : chunk).subarray(size)
}

/** The chunks of one stream, which several branches may deliver, each seen once. */
export class Sequence<T = BodyChunk> {
  readonly #observer: TapObserver<T>
  readonly #measure: Measure<T>
  #seen = 0
  #branches = 0
  #cancelled = 0

  constructor(observer: TapObserver<T>, measure: Measure<T>) {
    this.#observer = observer
    this.#measure = measure
  }

  static ofBytes(observer: TapObserver<BodyChunk>): Sequence {
    return new Sequence(observer, BYTES)
  }

  /** An observer for one more branch, which has delivered `at`: `tee` makes two of one. */
  branch(at = 0): TapObserver<T> & { readonly at: number } {
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

  /** Tells of what is new in a chunk. Returns the chunk's end. */
  #deliver(chunk: T, position: number): number {
    const seen = this.#seen
    const end = position + this.#measure.sizeOf(chunk)
    if (end <= seen) return end
    this.#seen = end
    const isNew = position === seen
    this.#observer.next(isNew ? chunk : this.#measure.after(chunk, seen - position))
    return end
  }
}

type Branch<T> = ReturnType<Sequence<T>['branch']>

const tapped = new WeakSet<object>()

/**
 * Watches a web stream of anything in place, and returns it: see {@link tapStream}. A stream that
 * cannot be changed, or is watched already, is left alone.
 */
export function tapReadable<T>(stream: ReadableStream<T>, observer: TapObserver<T>): void {
  const whole: Measure<T> = { sizeOf: () => 1, after: (chunk) => chunk }
  tapStream(stream, new Sequence<T>(observer, whole))
}

/**
 * Watches a web stream in place: its readers, iterators, branches and pipes tell `sequence` of the
 * chunks that the consumer takes, when it takes them. The stream stays the same object, so that
 * neither its pulls nor its closing move. `from` is how much was delivered before.
 */
export function tapStream<T, S extends ReadableStream<T>>(
  stream: S,
  sequence: Sequence<T>,
  from = 0
): S {
  if (tapped.has(stream) || !Object.isExtensible(stream)) return stream
  tapped.add(stream)
  const branch = sequence.branch(from)
  const native = Object.getPrototypeOf(stream) as ReadableStream<T>
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
    pipeThrough(pair: ReadableWritablePair<unknown, T>, options?: StreamPipeOptions) {
      return observed(native, stream, branch).pipeThrough(pair, options)
    },
    pipeTo(destination: WritableStream<T>, options?: StreamPipeOptions) {
      return observed(native, stream, branch).pipeTo(destination, options)
    },
    ...(typeof native.values === 'function' && { values: iterate, [Symbol.asyncIterator]: iterate })
  })
  return stream
}

function tapReader<T>(
  reader: ReadableStreamDefaultReader<T> | ReadableStreamBYOBReader,
  branch: Branch<T>
): typeof reader {
  const { read, cancel } = reader as ReadableStreamDefaultReader<T>
  // A BYOB reader's buffer goes back to the application, which may fill it again.
  const copies = read.length > 0
  const saw = (result: ReadableStreamReadResult<T>) => {
    if (result.done) return after(branch.end(), result)
    branch.next(copies ? ((result.value as Uint8Array).slice() as T) : result.value)
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

function iterateStream<T>(iterator: AsyncIterator<T>, branch: Branch<T>): AsyncIterableIterator<T> {
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
function observed<T>(
  native: ReadableStream<T>,
  stream: ReadableStream<T>,
  branch: Branch<T>
): ReadableStream<T> {
  const reader = tapReader(native.getReader.call(stream, undefined as never), branch)
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await (reader as ReadableStreamDefaultReader<T>).read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  )
}
