import { type BodyChunk, joinBytes } from '../base/bytes.ts'
import { passError, passOn } from '../base/host-first.ts'
import { isInstance } from '../base/instance.ts'
import { parse } from '../base/json-text.ts'
import { isAsyncIterable, isPromiseLike } from '../base/promises.ts'
import type { CallResponse } from '../record/call-facts.ts'
import { readNow } from '../record/later.ts'
import { isGenerator, tapGenerator } from '../streams/tap-generator.ts'
import { type TapObserver, tapIterable } from '../streams/tap-iterator.ts'
import { tapPromise } from '../streams/tap-promise.ts'
import { tapResponse } from '../streams/tap-response.ts'
import { tapReadable } from '../streams/tap-stream.ts'
import { endWhenCollected } from './end-when-collected.ts'
import { newItemReader, textOrBytes } from './item-reader.ts'
import type { OpenCall } from './open-call.ts'
import type { StreamReader } from './stream-reader.ts'

/** How to read what a call gives. */
export interface ObservedReading<V> {
  /** Reads a value in one piece. */
  readonly result: (value: V) => CallResponse
  /** What came of the answer before an error; nothing unless given. */
  readonly failure?: (error: unknown) => CallResponse
  /** Whether a `Response` is followed to the end of its body, which is the output then, instead of read by `result`. */
  readonly followsBodies?: boolean
  /** Reads what gives items: an async iterable, a stream, a generator; unless given its items are the output. */
  readonly stream?: () => StreamReader | undefined
}

/** The value is the output, and so is what stands in a response's body. */
const AS_OUTPUT: ObservedReading<unknown> = {
  result: (output) => ({ output }),
  followsBodies: true
}

/**
 * Runs `start` and ends `call` with what comes of it: a value, a promise, or what gives items (an async iterable, a
 * stream, a generator), which is watched while its consumer reads it, to the end or not. What `start` returns or throws
 * is passed on, a promise as `tapPromise` says; in the waiting modes it settles only when the record
 * has.
 */
export function observe<T>(
  call: OpenCall,
  start: () => T,
  reading: ObservedReading<Awaited<T>> = AS_OUTPUT
): T {
  let result: T
  try {
    result = start()
  } catch (error) {
    call.fail(
      error,
      readNow(() => reading.failure?.(error) ?? {})
    )
    throw error
  }
  try {
    if (isPromiseLike(result)) {
      return observePromise(call, result as PromiseLike<Awaited<T>>, reading) as T
    }
    return observeValue(call, result as Awaited<T>, reading) as T
  } catch (cause) {
    // The application has its result; what could be seen of it is the record's.
    call.complete(() => {
      throw cause
    })
    return result
  }
}

function observePromise<V>(
  call: OpenCall,
  promise: PromiseLike<V>,
  reading: ObservedReading<V>
): PromiseLike<V> {
  const onResolved = passOn((value: V) => {
    observeValue(call, value, reading)
    return call.isOpen ? undefined : call.settled()
  })
  const failed = passError((error) => {
    call.fail(
      error,
      readNow(() => reading.failure?.(error) ?? {})
    )
    return call.settled()
  })
  return tapPromise(promise, { onResolved, onRejected: failed }, (asker) =>
    endWhenCollected(asker, call)
  )
}

function observeValue<V>(call: OpenCall, value: V, reading: ObservedReading<V>): V {
  if (isStream(value)) {
    if (Object.isExtensible(value)) tapReadable(value, streamObserver(call, reading))
    else call.cancel('unread')
    return value
  }
  if (isAsyncIterable(value)) return tapIterable(value, streamObserver(call, reading)) as V
  if (isGenerator(value)) return tapGenerator(value, streamObserver(call, reading)) as V
  if (reading.followsBodies && isInstance(value, 'Response')) return followBody(call, value)
  call.complete(readNow(() => reading.result(value)))
  return value
}

/** Watches the body of a response, which is the output. */
function followBody<R extends Response>(call: OpenCall, response: R): R {
  if (response.body === null) {
    call.complete({})
    return response
  }
  const isJson = response.headers.get('content-type')?.includes('json') === true
  const chunks: BodyChunk[] = []
  const read = (): CallResponse => {
    const output = textOrBytes(joinBytes(chunks))
    return output.length === 0 ? {} : { output: isJson ? parsed(output) : output }
  }
  const reader = { next: (chunk: unknown) => chunks.push(chunk as BodyChunk), read }
  const observer = streamObserver(call, { stream: () => reader })
  if (!tapResponse(response, observer as TapObserver<BodyChunk>)) call.cancel('unread')
  return response
}

function parsed(output: string | Uint8Array): unknown {
  try {
    return typeof output === 'string' ? (parse(output) as unknown) : output
  } catch {
    return output
  }
}

function isStream(value: unknown): value is ReadableStream<unknown> {
  // One that is its own iterator, as LangChain's are, is iterated.
  return isInstance(value, 'ReadableStream') && !('next' in value)
}

/** Tells `call` of a stream, which nothing here holds: see `endWhenCollected`. */
function streamObserver(
  call: OpenCall,
  reading: Pick<ObservedReading<never>, 'stream'>
): TapObserver<unknown> {
  const reader = readerOf(reading)
  const partial = () => readNow(() => reader.read())
  call.keepPartial(() => reader.read())
  const observer: TapObserver<unknown> = {
    next(item) {
      call.chunk()
      try {
        reader.next(item)
      } catch {
        // The record lacks what this item says; the consumer gets it all the same.
      }
    },
    end() {
      call.complete(readNow(() => reader.end?.(call) ?? reader.read()))
      return call.settled()
    },
    fail(error) {
      call.fail(error, partial())
      return call.settled()
    },
    cancel() {
      call.cancel('consumer', partial())
      return call.settled()
    },
    unread: () => call.cancel('unread')
  }
  endWhenCollected(observer, call)
  return observer
}

function readerOf({ stream }: Pick<ObservedReading<never>, 'stream'>): StreamReader {
  try {
    return stream?.() ?? newItemReader()
  } catch {
    return newItemReader()
  }
}
