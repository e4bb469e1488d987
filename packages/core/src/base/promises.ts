/** The language's own class: applications may put another one in its place, before this module is loaded as well. */
const Native = (async () => undefined)().constructor as PromiseConstructor
const make = Native.withResolvers

/** A promise, and what settles it. */
export interface Resolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T | PromiseLike<T>) => void
  readonly reject: (reason?: unknown) => void
}

/** Makes a promise of the language's own. */
export function withResolvers<T>(): Resolvers<T> {
  return make.call(Native) as Resolvers<T>
}

/** Whether a value has a `then`; one that cannot be looked at, such as a revoked proxy, has none. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      'then' in value &&
      typeof value.then === 'function'
    )
  } catch {
    return false
  }
}

/** `value` at once, or when `wait` has settled. */
export function after<T>(wait: Promise<void> | undefined, value: T): T | Promise<T> {
  return wait ? wait.then(() => value) : value
}

/** Whether a value can be iterated asynchronously; one that cannot be looked at cannot. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  try {
    if (typeof value !== 'object' || value === null) return false
    return typeof Reflect.get(value, Symbol.asyncIterator) === 'function'
  } catch {
    return false
  }
}

/** What `run` gives; rejects with the reason of a signal as soon as that aborts, and before it runs anything if it had before. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  run: () => Promise<T>
): Promise<T> {
  if (signal === undefined) return await run()
  signal.throwIfAborted()
  const { promise, reject } = withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([run(), promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** A promise that rejects with `reason`; whoever does not wait for it hears of nothing. */
export function refused(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason)
  promise.catch(() => undefined)
  return promise
}
