/** A pause that grows. */
export interface BackoffOptions {
  readonly firstRetryMs: number
  readonly lastRetryMs: number
}

/** What another end may ask for at most, in milliseconds. */
const LONGEST_ASKED_MS = 3_600_000

/**
 * How long to wait after so many failures in a row, in milliseconds: doubled each time, between
 * half and all of it, so that many clients do not come back at once. What the other end asked for
 * counts instead, with up to a tenth more.
 */
export function backoffMs(failures: number, options: BackoffOptions, askedMs?: number): number {
  if (typeof askedMs === 'number' && askedMs >= 0) {
    return Math.min(askedMs, LONGEST_ASKED_MS) * (1 + Math.random() / 10)
  }
  const { firstRetryMs, lastRetryMs } = options
  const full = Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 30), lastRetryMs)
  return full * (0.5 + Math.random() / 2)
}
