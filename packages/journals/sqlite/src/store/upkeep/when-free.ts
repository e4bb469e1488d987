import { isBusy } from '../../driver/busy.ts'

/** How long somebody else may go on writing, in milliseconds. */
const MOST_MS = 60_000

/** Runs what writes, in a later step again while somebody else writes. Throws SQLite's error, that one after a minute. */
export function* whenFree<T>(run: () => T): Generator<void, T> {
  for (const began = performance.now(); ; ) {
    try {
      return run()
    } catch (error) {
      if (!isBusy(error) || performance.now() - began > MOST_MS) throw error
    }
    yield
  }
}
