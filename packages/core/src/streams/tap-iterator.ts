import { after, isPromiseLike, notBefore } from '../base/promises.ts'

/**
 * What a tap tells. None of it may throw; the first of `end`, `fail` and `cancel` is the last. The
 * consumer learns of the end, of the error, or that it has stopped, when the returned promise has settled.
 */
export interface TapObserver<T> {
  /** Hears a value when the application gets it. */
  next(value: T): void
  /** Hears that the stream is over; what it returns is waited for first. */
  end(): Promise<void> | undefined
  /** Hears the error that the application gets; what it returns is waited for first. */
  fail(error: unknown): Promise<void> | undefined
  /** The consumer stopped before the end. */
  cancel(): Promise<void> | undefined
  /** Nothing will be told, because the object cannot be changed. */
  unread?(): void
}

/** Tells two observers, the one that was there before first. */
export function both<T>(first: TapObserver<T>, second: TapObserver<T>): TapObserver<T> {
  const waits = (one: Promise<void> | undefined, other: Promise<void> | undefined) =>
    one && other ? Promise.all([one, other]).then(() => undefined) : (one ?? other)
  return {
    next(value) {
      first.next(value)
      second.next(value)
    },
    end: () => waits(first.end(), second.end()),
    fail: (error) => waits(first.fail(error), second.fail(error)),
    cancel: () => waits(first.cancel(), second.cancel())
  }
}

/** `observer`, but `cancel` hears that the consumer stopped. */
export function stoppedBy<T>(
  cancel: TapObserver<T>['cancel'],
  observer: TapObserver<T>
): TapObserver<T> {
  return {
    next: (value) => observer.next(value),
    end: () => observer.end(),
    fail: (error) => observer.fail(error),
    cancel
  }
}

/**
 * Watches an async iterator from inside its consumer's own pulls: nothing is read ahead, every
 * result, error, `return` and `throw` is the source's own, and the source sees the same calls.
 * The methods are returned bound, to be put on an object of any shape.
 */
export function tapIterator<T, O extends T = T>(
  source: AsyncIterator<O>,
  observer: TapObserver<T>
): Required<AsyncIterator<O>> {
  const saw = (result: IteratorResult<O>): IteratorResult<O> | Promise<IteratorResult<O>> => {
    if (!result.done) observer.next(result.value)
    else return after(observer.end(), result)
    return result
  }
  const failed = async (error: unknown): Promise<never> => {
    await observer.fail(error)
    throw error
  }
  // A source may catch what is thrown into it, and go on.
  const raised = async (raise: () => Promise<IteratorResult<O>>): Promise<IteratorResult<O>> => {
    let goesOn = false
    try {
      const result = await raise()
      goesOn = !result.done
      return goesOn ? await saw(result) : result
    } finally {
      if (!goesOn) await observer.cancel()
    }
  }
  // Taken once, because the methods of `source` itself may be laid over with the ones returned.
  const { next, return: stop, throw: raise } = source
  return {
    next: (...values) => {
      let result: Promise<IteratorResult<O>>
      try {
        result = values.length === 0 ? next.call(source) : next.call(source, values[0])
      } catch (error) {
        // An iterator that throws has no promise that could wait for the record.
        observer.fail(error)?.catch(() => undefined)
        throw error
      }
      // `for await` takes results without a promise, too.
      return isPromiseLike(result) ? result.then(saw, failed) : (saw(result) as typeof result)
    },
    return(value) {
      const wait = observer.cancel()
      if (stop) return notBefore(wait, stop.call(source, value))
      return notBefore(wait, Promise.resolve({ done: true, value: value as never }))
    },
    throw(error) {
      if (raise) return raised(() => raise.call(source, error))
      return notBefore(observer.cancel(), Promise.reject(error))
    }
  }
}

/**
 * Watches an async iterable and returns the same object. Its iterators are tapped; an object that
 * is its own iterator, such as a generator, is tapped in place. An object that cannot be changed
 * is returned as it is, and its observer told that it stays unread.
 */
export function tapIterable<T, S extends AsyncIterable<T>>(source: S, observer: TapObserver<T>): S {
  if (!isChangeable(source)) {
    observer.unread?.()
    return source
  }
  if (isIterator<T>(source)) {
    const { next, return: stop, throw: raise } = tapIterator(source, observer)
    define(source, {
      next,
      ...(source.return && { return: stop }),
      ...(source.throw && { throw: raise })
    })
    return source
  }
  const open = source[Symbol.asyncIterator]
  define(source, {
    [Symbol.asyncIterator]() {
      const iterator = open.call(source)
      const { next, return: stop, throw: raise } = tapIterator(iterator, observer)
      return {
        next,
        ...(iterator.return && { return: stop }),
        ...(iterator.throw && { throw: raise }),
        [Symbol.asyncIterator]() {
          return this
        }
      }
    }
  })
  return source
}

const TAPPED = ['next', 'return', 'throw', Symbol.asyncIterator]

function isChangeable(source: object): boolean {
  const isFixed = (key: PropertyKey) =>
    Object.getOwnPropertyDescriptor(source, key)?.configurable === false
  return Object.isExtensible(source) && !TAPPED.some(isFixed)
}

function isIterator<T>(source: object): source is AsyncIterator<T> & AsyncIterable<T> {
  return 'next' in source && typeof source.next === 'function'
}

/** Puts methods over an object's own, as invisible to enumeration as methods of a class. */
export function define(target: object, methods: object): void {
  for (const key of Reflect.ownKeys(methods)) {
    const value: unknown = Reflect.get(methods, key)
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: false
    })
  }
}
