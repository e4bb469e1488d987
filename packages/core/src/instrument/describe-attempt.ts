import { tick } from '../base/clock.ts'
import { outcomeOfError } from '../record/outcome.ts'
import type { Attempt } from '../record/record.ts'
import type { ResponseHead } from '../wire/response-head.ts'

/** An attempt that was made at `startedAt`, a tick, and had a response, or failed with `error`. */
export function describeAttempt(startedAt: number, head: ResponseHead, error?: unknown): Attempt {
  const type = error === undefined ? undefined : outcomeOfError(error).type
  const { requestId } = head
  return {
    durationMs: tick() - startedAt,
    ...statusFacts(head),
    ...(requestId !== undefined && { requestId }),
    ...(type !== undefined && { error: type })
  }
}

/** What an outcome or an attempt says of a response. */
export function statusFacts({ status, retryAfterMs }: ResponseHead) {
  return {
    ...(status > 0 && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs })
  }
}
