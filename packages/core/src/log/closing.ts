import { tick } from '../base/clock.ts'
import type { Platform } from '../runtime/platform.ts'

const RETRY_MS = 50

/** What a flush that did not succeed until the deadline failed with. */
export interface FlushFailure {
  readonly cause: unknown
}

/** Flushes, again while it fails and the deadline (by `tick`) is not over. */
export async function flushUntil(
  deadline: number,
  flush: () => Promise<void>,
  platform: Platform
): Promise<FlushFailure | undefined> {
  for (;;) {
    try {
      await flush()
      return undefined
    } catch (cause) {
      if (tick() >= deadline) return { cause }
      await new Promise<void>((resolve) => platform.defer(resolve, RETRY_MS))
    }
  }
}
