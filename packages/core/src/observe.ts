import type { OpenCall } from './call.ts'
import type { CallResponse } from './protocol.ts'
import { readNow } from './read-now.ts'
import { after, isAsyncIterable, isPromiseLike, tapIterable } from './tap-iterator.ts'

/**
 * Runs `start` and ends `call` with what comes of it: a value, a promise, or an async iterable,
 * which is watched while its consumer reads it and whose items, read to the end or not, are the
 * output. What `start` returns or throws is passed on; in the waiting modes a promise settles
 * only when the record has. `readFailure` tells what came of the answer before an error.
 */
export function observe<T>(
  call: OpenCall,
  start: () => T,
  read: (result: Awaited<T>) => CallResponse,
  readFailure: (error: unknown) => CallResponse = nothing
): T {
  let result: T
  try {
    result = start()
  } catch (error) {
    call.fail(
      error,
      readNow(() => readFailure(error))
    )
    throw error
  }
  if (isPromiseLike(result)) {
    return observePromise(call, result as PromiseLike<Awaited<T>>, read, readFailure) as T
  }
  return observeValue(call, result as Awaited<T>, read) as T
}

function observePromise<V>(
  call: OpenCall,
  promise: PromiseLike<V>,
  read: (result: V) => CallResponse,
  readFailure: (error: unknown) => CallResponse
): PromiseLike<V> {
  const answered = (value: V): V | Promise<V> => {
    const passed = observeValue(call, value, read)
    return after(call.isOpen ? undefined : call.settled(), passed)
  }
  const failed = async (error: unknown): Promise<never> => {
    call.fail(
      error,
      readNow(() => readFailure(error))
    )
    await call.settled()
    throw error
  }
  return promise.then(answered, failed)
}

function observeValue<V>(call: OpenCall, value: V, read: (result: V) => CallResponse): V {
  if (!isAsyncIterable(value)) {
    call.complete(readNow(() => read(value)))
    return value
  }
  const items: unknown[] = []
  const output = (): CallResponse => ({ output: joinItems(items) })
  return tapIterable(value as V & AsyncIterable<unknown>, {
    next(item) {
      call.chunk()
      items.push(item)
    },
    end() {
      call.complete(output())
      return call.settled()
    },
    fail(error) {
      call.fail(error, output())
      return call.settled()
    },
    cancel: () => call.cancel('consumer', output()),
    unread: () => call.cancel('unread')
  })
}

function joinItems(items: readonly unknown[]): unknown {
  return items.length > 0 && items.every((item) => typeof item === 'string')
    ? items.join('')
    : items
}

function nothing(): CallResponse {
  return {}
}
