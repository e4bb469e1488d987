import type { Platform } from './platform.ts'

/** The promise's outcome; whoever waits for it does not see the process end first. */
export async function holding<T>(platform: Platform, promise: Promise<T>): Promise<T> {
  const release = platform.hold?.()
  try {
    return await promise
  } finally {
    release?.()
  }
}
