import { after, notBefore } from '../base/promises.ts'
import { type Branch, type Measure, Sequence } from './branches.ts'
import { createOverlay, createPrivateSlot, method } from './patch.ts'
import { both, stoppedBy, type TapObserver, tapIterator } from './tap-iterator.ts'

/** A stream that is watched. */
interface Tap<T> {
  readonly sequence: Sequence<T>
  readonly branch: Branch<T>
}

const taps = createPrivateSlot<Tap<unknown>>()

/**
 * Watches a web stream of anything in place: see {@link tapStream}. One that is watched already is
 * watched by both. One that cannot be changed is left alone.
 */
export function tapReadable<T>(stream: ReadableStream<T>, observer: TapObserver<T>): void {
  const whole: Measure<T> = { sizeOf: () => 1, after: (chunk) => chunk }
  const before = taps.get(stream) as Tap<T> | undefined
  if (before) {
    const sequence = new Sequence<T>(both(before.branch, observer), whole)
    taps.set(stream, { sequence, branch: sequence.branch() } as Tap<unknown>)
  } else tapStream(stream, new Sequence<T>(observer, whole))
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
  if (taps.get(stream) || !Object.isExtensible(stream)) return stream
  taps.set(stream, { sequence, branch: sequence.branch(from) } as Tap<unknown>)
  layOverStream(stream)
  return stream
}

const layOverStream = createOverlay((native: ReadableStream<unknown>) => {
  const iterate = method(function (
    this: ReadableStream<unknown>,
    options?: { preventCancel?: boolean }
  ) {
    const { branch } = tapOf(this)
    // Whoever leaves the stream open may read on.
    const observer = options?.preventCancel === true ? stoppedBy(ignore, branch) : branch
    return iterateStream(native.values.call(this, options), observer)
  })
  return {
    getReader: method(function (
      this: ReadableStream<unknown>,
      options?: ReadableStreamGetReaderOptions
    ) {
      return tapReader(native.getReader.call(this, options as undefined), tapOf(this).branch)
    }),
    cancel: method(function (this: ReadableStream<unknown>, reason?: unknown) {
      // One that a reader has refuses.
      const wait = this.locked ? undefined : tapOf(this).branch.cancel()
      return notBefore(wait, native.cancel.call(this, reason))
    }),
    tee: method(function (this: ReadableStream<unknown>) {
      const branches = native.tee.call(this)
      const { sequence, branch } = tapOf(this)
      sequence.split()
      for (const one of branches) tapStream(one, sequence, branch.at)
      return branches
    }),
    pipeThrough: method(function (
      this: ReadableStream<unknown>,
      pair: ReadableWritablePair<unknown, unknown>,
      options?: StreamPipeOptions
    ) {
      const { readable, writable } = pair ?? {}
      // What no pipe can be made of is refused by the stream itself.
      if (this.locked || !isFree(writable) || typeof readable?.getReader !== 'function') {
        return native.pipeThrough.call(this, pair, options)
      }
      pipe(native, this, writable, options).catch(ignore)
      return readable
    }),
    pipeTo: method(function (
      this: ReadableStream<unknown>,
      destination: WritableStream<unknown>,
      options?: StreamPipeOptions
    ) {
      if (this.locked || !isFree(destination)) return native.pipeTo.call(this, destination, options)
      return pipe(native, this, destination, options)
    }),
    ...(typeof native.values === 'function' && { values: iterate, [Symbol.asyncIterator]: iterate })
  }
})

/** The overlay is on streams alone that are watched. */
function tapOf(stream: ReadableStream<unknown>): Tap<unknown> {
  const tap = taps.get(stream)
  if (tap === undefined) throw new TypeError('Illegal invocation')
  return tap
}

type Reader = ReadableStreamDefaultReader<unknown>

/** What a reader's results go through. */
interface ReaderTap {
  readonly branch: Branch<unknown>
  /** Whether the reader has given the stream back, for others to read on. */
  isReleased: boolean
  saw(result: ReadableStreamReadResult<unknown>): unknown
  failed(error: unknown): Promise<never>
}

const readerTaps = createPrivateSlot<ReaderTap>()

function tapReader<R extends Reader | ReadableStreamBYOBReader>(
  reader: R,
  branch: Branch<unknown>
): R {
  const tap: ReaderTap = {
    branch,
    isReleased: false,
    saw(result) {
      if (result.done) return after(branch.end(), result)
      branch.next(result.value)
      return result
    },
    async failed(error) {
      if (!tap.isReleased) await branch.fail(error)
      throw error
    }
  }
  readerTaps.set(reader, tap)
  layOverReader(reader as Reader)
  return reader
}

const layOverReader = createOverlay((native: Reader) => ({
  read: method(function (this: Reader, ...views: []) {
    const result = native.read.apply(this, views)
    const tap = readerTaps.get(this)
    return tap ? result.then(tap.saw, tap.failed) : result
  }),
  cancel: method(function (this: Reader, reason?: unknown) {
    const tap = readerTaps.get(this)
    const wait = tap && !tap.isReleased ? tap.branch.cancel() : undefined
    return notBefore(wait, native.cancel.call(this, reason))
  }),
  releaseLock: method(function (this: Reader) {
    native.releaseLock.call(this)
    const tap = readerTaps.get(this)
    if (tap) tap.isReleased = true
  })
}))

function iterateStream<T>(
  iterator: AsyncIterator<T>,
  observer: TapObserver<T>
): AsyncIterableIterator<T> {
  const tapped = tapIterator(iterator, observer)
  return {
    next: tapped.next,
    return: tapped.return,
    [Symbol.asyncIterator]() {
      return this
    }
  }
}

/** A native pipe, which reads past the methods put over a stream, so that it is given one that tells. */
function pipe(
  native: ReadableStream<unknown>,
  stream: ReadableStream<unknown>,
  destination: WritableStream<unknown>,
  options?: StreamPipeOptions
): Promise<void> {
  const reader = tapReader(native.getReader.call(stream) as Reader, tapOf(stream).branch)
  const source = new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  )
  return native.pipeTo.call(source, destination, options).finally(() => reader.releaseLock())
}

function isFree(destination: WritableStream<unknown> | undefined): destination is WritableStream {
  return typeof destination?.getWriter === 'function' && !destination.locked
}

function ignore(): undefined {
  // Whoever has the stream hears of it there.
  return undefined
}
