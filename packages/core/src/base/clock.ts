import { ownTimers } from './own-timers.ts'

/** The runtime's own timers: applications replace the global ones in their tests, and then wait for a log. */
export const {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate
} = ownTimers()
/** Monotonic milliseconds of the runtime itself: applications replace `performance` in their tests. */
export const tick: () => number = performance.now.bind(performance)

const { timeOrigin } = performance

/** The last millisecond of the year 9999, the last that an instant of ISO 8601 can name plainly. */
const LAST = 253_402_300_799_999

/**
 * Unix time in whole milliseconds, as the application's clock says, which its tests may have replaced; as
 * the runtime's own does where that is not a clock any more.
 */
export function now(): number {
  const at = asked()
  const isTime = typeof at === 'number' && at >= 0 && at <= LAST
  return Math.floor(isTime ? at : timeOrigin + tick())
}

function asked(): unknown {
  try {
    return Date.now()
  } catch {
    return undefined
  }
}
