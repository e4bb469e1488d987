/** A value, or a function that makes it later, off the caller's path. */
export type Later<T> = T | (() => T)

/**
 * What `read` returns, read at once because the application may change what it reads. A throw is
 * kept for whoever serialises the value, so that it costs the record its details, not the host its
 * call.
 */
export function readNow<T extends object>(read: () => T): Later<T> {
  try {
    return read()
  } catch (error) {
    return () => {
      throw error
    }
  }
}
