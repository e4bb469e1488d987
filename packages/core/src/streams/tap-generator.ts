import { define, type TapObserver } from './tap-iterator.ts'

/** Whether a value is a generator, or another iterator that is iterated itself; lists and maps are none. */
export function isGenerator(value: unknown): value is IterableIterator<unknown> {
  try {
    if (typeof value !== 'object' || value === null) return false
    const { next, [Symbol.iterator]: iterate } = value as Partial<IterableIterator<unknown>>
    return (
      typeof next === 'function' && typeof iterate === 'function' && iterate.call(value) === value
    )
  } catch {
    return false
  }
}

/**
 * Watches a synchronous iterator in place, as `tapIterable` does an asynchronous one. Nothing can wait for the
 * record. One that cannot be changed is returned as it is, and its observer told that it stays unread.
 */
export function tapGenerator<T, S extends Iterator<T>>(source: S, observer: TapObserver<T>): S {
  if (!Object.isExtensible(source)) {
    observer.unread?.()
    return source
  }
  const { next, return: stop, throw: raise } = source
  const tell = (wait: Promise<void> | undefined) => {
    wait?.catch(ignore)
  }
  const ask = (run: () => IteratorResult<T>): IteratorResult<T> => {
    let result: IteratorResult<T>
    try {
      result = run()
    } catch (error) {
      tell(observer.fail(error))
      throw error
    }
    if (result.done) tell(observer.end())
    else observer.next(result.value)
    return result
  }
  define(source, {
    next: (...values: [] | [unknown]) => ask(() => next.apply(source, values as [])),
    ...(stop && {
      return(value?: unknown) {
        tell(observer.cancel())
        return stop.call(source, value)
      }
    }),
    ...(raise && {
      throw(error?: unknown) {
        // A generator may catch it, and go on.
        let goesOn = false
        try {
          const result = raise.call(source, error)
          goesOn = result.done !== true
          if (goesOn) observer.next(result.value as T)
          return result
        } finally {
          if (!goesOn) tell(observer.cancel())
        }
      }
    })
  })
  return source
}

function ignore(): void {
  // What is synchronous has no promise that could wait for the record.
}
