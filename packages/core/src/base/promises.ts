/** Whether a value has a `then`. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}

/** `value` at once, or when `wait` has settled. */
export function after<T>(wait: Promise<void> | undefined, value: T): T | Promise<T> {
  return wait ? wait.then(() => value) : value
}

/** Whether a value can be iterated asynchronously. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
