import { notBefore, over, passError, passOn } from '../base/host-first.ts'
import { heirless } from '../base/json-text.ts'
import { isPromiseLike } from '../base/promises.ts'
import { method } from './patch.ts'

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
    cancel: () => waits(first.cancel(), second.cancel()),
    unread() {
      for (const each of [first, second]) tellUnread(each)
    }
  }
}

/** Tells an observer that it hears no more; one that does not ask for that hears that the consumer stopped. */
export function tellUnread<T>(observer: TapObserver<T>): void {
  if (observer.unread) observer.unread()
  else observer.cancel()?.catch(() => undefined)
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
  type Result = IteratorResult<O>
  const came = (result: Result): Promise<void> | undefined => {
    if (result.done) return observer.end()
    observer.next(result.value)
    return undefined
  }
  const saw = passOn(came)
  const failed = passError((error) => observer.fail(error))
  // A source may catch what is thrown into it, and go on.
  const caught = passOn((result: Result) => (result.done ? observer.cancel() : came(result)))
  const refused = passError(() => observer.cancel())
  // Taken once, because the methods of `source` itself may be laid over with the ones returned.
  const { next, return: stop, throw: raise } = source
  const asked = over<unknown, [] | [undefined], Promise<Result>>(
    next as () => Promise<Result>,
    (host, ...values) => {
      let result: Promise<Result>
      try {
        result = host(...values)
      } catch (error) {
        // An iterator that throws has no promise that could wait for the record.
        observer.fail(error)?.catch(() => undefined)
        throw error
      }
      // `for await` takes results without a promise, too.
      return isPromiseLike(result) ? result.then(saw, failed) : (saw(result) as typeof result)
    }
  )
  const done = async (value: unknown) => ({ done: true, value }) as Result
  const stopped = over((stop ?? done) as (value?: unknown) => Promise<Result>, (host, value) =>
    notBefore(observer.cancel(), host(value))
  )
  const refuse = (error: unknown) => Promise.reject(error) as Promise<Result>
  const raised = over((raise ?? refuse) as (error?: unknown) => Promise<Result>, (host, error) =>
    host(error).then(caught, refused)
  )
  return {
    next: asked.bind(source),
    return: stopped.bind(source) as Required<AsyncIterator<O>>['return'],
    throw: raised.bind(source)
  }
}

/** What gives itself where its iterator is asked for. */
export const SELF: object = Object.getPrototypeOf(
  Object.getPrototypeOf(async function* () {
    // Never called.
  }).prototype
)

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
  const open = over<S, [], AsyncIterator<T>>(source[Symbol.asyncIterator], (host) => {
    const iterator = host()
    const { next, return: stop, throw: raise } = tapIterator(iterator, observer)
    return Object.assign(Object.create(SELF) as object, {
      next,
      ...(iterator.return && { return: stop }),
      ...(iterator.throw && { throw: raise })
    }) as AsyncIterator<T>
  })
  define(source, { [Symbol.asyncIterator]: open.bind(source) })
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
    const over = { ...method(Reflect.get(methods, key)), enumerable: false }
    Object.defineProperty(target, key, heirless(over))
  }
}
