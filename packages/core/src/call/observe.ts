import { after, isAsyncIterable, isPromiseLike } from '../base/promises.ts'
import type { CallResponse } from '../record/call-facts.ts'
import { readNow } from '../record/later.ts'
import { type TapObserver, tapIterable } from '../streams/tap-iterator.ts'
import { tapPromise } from '../streams/tap-promise.ts'
import { endWhenCollected } from './end-when-collected.ts'
import type { OpenCall } from './open-call.ts'

/** Reads a streamed answer while its consumer does. */
export interface StreamReader {
  /** Takes an item when it comes; what it throws costs the record that item alone. */
  next(item: unknown): void
  /** What came so far. */
  read(): CallResponse
  /** What came, the stream being at its end. May end `call` otherwise, where the answer was cut off. */
  end?(call: OpenCall): CallResponse
}

/** How to read what a call gives. */
export interface ObservedReading<V> {
  /** Reads a value in one piece. */
  readonly result: (value: V) => CallResponse
  /** What came of the answer before an error; nothing unless given. */
  readonly failure?: (error: unknown) => CallResponse
  /** Reads an async iterable; unless given its items are the output. */
  readonly stream?: () => StreamReader | undefined
}

/**
 * Runs `start` and ends `call` with what comes of it: a value, a promise, or an async iterable,
 * which is watched while its consumer reads it, to the end or not. What `start` returns or throws
 * is passed on, a promise as `tapPromise` says; in the waiting modes it settles only when the record
 * has.
 */
export function observe<T>(
  call: OpenCall,
  start: () => T,
  reading: ObservedReading<Awaited<T>>
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
  const onResolved = (value: V): V | Promise<V> => {
    const passed = observeValue(call, value, reading)
    return after(call.isOpen ? undefined : call.settled(), passed)
  }
  const failed = async (error: unknown): Promise<never> => {
    call.fail(
      error,
      readNow(() => reading.failure?.(error) ?? {})
    )
    await call.settled()
    throw error
  }
  return tapPromise(promise, { onResolved, onRejected: failed }, (asker) =>
    endWhenCollected(asker, call)
  )
}

function observeValue<V>(call: OpenCall, value: V, reading: ObservedReading<V>): V {
  if (isAsyncIterable(value)) return tapIterable(value, streamObserver(call, reading)) as V
  call.complete(readNow(() => reading.result(value)))
  return value
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

/** The items as they are, or one text of texts. */
function newItemReader(): StreamReader {
  const items: unknown[] = []
  return {
    next: (item) => items.push(asIs(item)),
    read: () => ({ output: joinItems(items) })
  }
}

/** A copy of an item, which its consumer may change: with its bytes, or else as JSON has it. */
function asIs(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item
  try {
    const text = JSON.stringify(item)
    const copy = cloneOf(item)
    return JSON.stringify(copy) === text ? copy : JSON.parse(text)
  } catch {
    // It has no JSON; serialising meets it again and marks it.
    return item
  }
}

/** A clone without methods; `undefined` for what has code in it. */
function cloneOf(item: object): unknown {
  try {
    return structuredClone(item)
  } catch {
    return undefined
  }
}

function joinItems(items: readonly unknown[]): unknown {
  return items.length > 0 && items.every((item) => typeof item === 'string')
    ? items.join('')
    : items
}
