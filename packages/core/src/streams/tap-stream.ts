import { notBefore, over, passError, passOn, quietly } from '../base/host-first.ts'
import { streamBy } from '../base/host-functions.ts'
import { type Branch, type Measure, Sequence } from './branches.ts'
import { watchReaders, watchSource } from './inner-state.ts'
import { createOverlay, createPrivateSlot, method } from './patch.ts'
import { both, SELF, stoppedBy, type TapObserver, tapIterator } from './tap-iterator.ts'

/** A stream that is watched. */
interface Tap<T> {
  readonly sequence: Sequence<T>
  readonly branch: Branch<T>
  /** Whether somebody has the stream who could cancel it; the runtime cancels what nobody has. */
  isAsked: boolean
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
    taps.set(stream, { sequence, branch: sequence.branch(), isAsked: true } as Tap<unknown>)
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
  const before = taps.get(stream)
  if (before) before.isAsked = true
  if (before || !Object.isExtensible(stream)) return stream
  taps.set(stream, { sequence, branch: sequence.branch(from), isAsked: true } as Tap<unknown>)
  layOverStream(stream)
  const root = watchReaders(stream, (reader, state) => {
    if (isExpected) return
    const { branch, sequence: told } = tapOf(stream)
    tapReader(reader as Reader, branch)
    const tap = readerTaps.get(reader)
    const isTold = () => tap?.isRead === true
    watchSource(state, reader, { root: told.root ?? state, observer: branch.atSource(), isTold })
  })
  sequence.root ??= root
  return stream
}

/**
 * Watches a stream that nobody has asked for yet, or has it tell another sequence from now on; one that is read already is
 * left alone.
 */
export function tapEarly<T>(stream: ReadableStream<T>, sequence: Sequence<T>): void {
  const before = taps.get(stream) as Tap<T> | undefined
  if (before === undefined) {
    tapStream(stream, sequence)
    const tap = taps.get(stream)
    if (tap) tap.isAsked = false
  } else if (before.sequence !== sequence && !stream.locked) {
    before.sequence.split()
    const branch = sequence.branch(before.branch.at)
    taps.set(stream, { ...before, sequence, branch } as Tap<unknown>)
  }
}

/** Whether a reader that is made now is told of otherwise. */
let isExpected = false

/** Whether the code here runs inside of `unwatched`. */
export function isUnwatched(): boolean {
  return isExpected
}

/** Runs what takes a stream by a reader of its own, while somebody else tells of what it takes. */
export function unwatched<T>(take: () => T): T {
  const before = isExpected
  isExpected = true
  try {
    return take()
  } finally {
    isExpected = before
  }
}

type Stream = ReadableStream<unknown>

const layOverStream = createOverlay((native: Stream) => {
  const iterate = method(
    over<Stream, [options?: { preventCancel?: boolean }], AsyncIterator<unknown>>(
      native.values,
      function (host, options) {
        const { branch } = tapOf(this)
        // Whoever leaves the stream open may read on.
        const observer = options?.preventCancel === true ? stoppedBy(ignore, branch) : branch
        const iterator = unwatched(() => host(options))
        return iterateStream(iterator, observer)
      }
    )
  )
  return {
    getReader: method(
      over<Stream, [options?: undefined], Reader>(native.getReader, function (host, ...options) {
        if (isExpected) return host(...options)
        return tapReader(
          unwatched(() => host(...options)),
          tapOf(this).branch
        )
      })
    ),
    cancel: method(
      over<Stream, [reason?: unknown], Promise<void>>(native.cancel, function (host, ...reason) {
        const { isAsked, branch } = tapOf(this)
        // One that a reader has refuses.
        const wait = this.locked || !isAsked ? undefined : branch.cancel()
        return notBefore(wait, host(...reason))
      })
    ),
    tee: method(
      over<Stream, [], [Stream, Stream]>(native.tee, function (host) {
        const branches = unwatched(() => host())
        const { sequence, branch } = tapOf(this)
        sequence.split()
        for (const one of branches) tapStream(one, sequence, branch.at)
        return branches
      })
    ),
    pipeThrough: method(
      over<
        Stream,
        [pair: ReadableWritablePair<unknown, unknown>, options?: StreamPipeOptions],
        Stream
      >(native.pipeThrough, function (host, pair, ...options) {
        const { readable, writable } = pair ?? {}
        // What no pipe can be made of is refused by the stream itself.
        if (this.locked || !isFree(writable) || typeof readable?.getReader !== 'function') {
          return host(pair, ...options)
        }
        pipe(native, this, writable, ...options).catch(ignore)
        return readable
      })
    ),
    pipeTo: method(
      over<
        Stream,
        [destination: WritableStream<unknown>, options?: StreamPipeOptions],
        Promise<void>
      >(native.pipeTo, function (host, destination, ...options) {
        return this.locked || !isFree(destination)
          ? host(destination, ...options)
          : pipe(native, this, destination, ...options)
      })
    ),
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
  /** Whether its own method was asked for a chunk: the runtime's code asks past it. */
  isRead: boolean
  saw(result: Result): Result | Promise<Result>
  failed(error: unknown): Promise<never>
}

type Result = ReadableStreamReadResult<unknown>

const readerTaps = createPrivateSlot<ReaderTap>()

function tapReader<R extends Reader | ReadableStreamBYOBReader>(
  reader: R,
  branch: Branch<unknown>
): R {
  const tap: ReaderTap = {
    branch,
    isReleased: false,
    isRead: false,
    saw: passOn((result: Result) => {
      if (result.done) return branch.end()
      branch.next(result.value)
      return undefined
    }),
    failed: passError((error) => (tap.isReleased ? undefined : branch.fail(error)))
  }
  readerTaps.set(reader, tap)
  layOverReader(reader as Reader)
  return reader
}

const layOverReader = createOverlay((native: Reader) => ({
  read: method(
    over<Reader, [], Promise<Result>>(native.read, function (host, ...views) {
      const tap = readerTaps.get(this)
      if (tap) tap.isRead = true
      const result = host(...views)
      return tap ? result.then(tap.saw, tap.failed) : result
    })
  ),
  cancel: method(
    over<Reader, [reason?: unknown], Promise<void>>(native.cancel, function (host, ...reason) {
      const tap = readerTaps.get(this)
      const wait = tap && !tap.isReleased ? tap.branch.cancel() : undefined
      return notBefore(wait, host(...reason))
    })
  ),
  releaseLock: method(
    over<Reader, [], void>(native.releaseLock, function (host) {
      host()
      const tap = readerTaps.get(this)
      if (tap) tap.isReleased = true
    })
  )
}))

function iterateStream<T>(
  iterator: AsyncIterator<T>,
  observer: TapObserver<T>
): AsyncIterableIterator<T> {
  const tapped = tapIterator(iterator, observer)
  return Object.assign(Object.create(SELF) as object, {
    next: tapped.next,
    return: tapped.return
  }) as AsyncIterableIterator<T>
}

/** A native pipe, which reads past the methods put over a stream, so that it is given one that tells. */
function pipe(
  native: ReadableStream<unknown>,
  stream: ReadableStream<unknown>,
  destination: WritableStream<unknown>,
  options?: StreamPipeOptions
): Promise<void> {
  const own = unwatched(() => native.getReader.call(stream) as Reader)
  // The stream is locked by now: what cannot be watched is piped all the same.
  const reader = quietly(() => tapReader(own, tapOf(stream).branch))() ?? own
  const release = reader.releaseLock.bind(reader)
  return native.pipeTo.call(streamBy(reader), destination, options).finally(release)
}

function isFree(destination: WritableStream<unknown> | undefined): destination is WritableStream {
  return typeof destination?.getWriter === 'function' && !destination.locked
}

function ignore(): undefined {
  // Whoever has the stream hears of it there.
  return undefined
}
