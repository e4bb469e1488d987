import { AuditError, type AuditLog } from '@slm-audit/core'
import type { AuditedCall, Reader } from '@slm-audit/core/reader'
import type { Difference, Target } from '@slm-audit/replay'
import type { Replays } from './load-replays.ts'

/** A recorded call and the one that repeats it. */
export interface AnsweredAgain {
  readonly recorded: AuditedCall
  readonly again: AuditedCall
  readonly difference: Difference
}

/**
 * Makes a recorded call again and compares. Rejects with AuditError `bad_option` where it cannot be made, and `not_recorded`
 * where nothing of it was recorded.
 */
export async function answerAgain(
  { askAgain, differenceOf }: Replays,
  recorded: AuditedCall,
  target: Target,
  log: AuditLog,
  reader: Reader,
  tags: { readonly [name: string]: string }
): Promise<AnsweredAgain> {
  await askAgain(recorded, target, log, tags)
  await log.flush()
  const tag = `replays=${recorded.auditId}`
  const { items } = await reader.query({ tag, kind: 'call' }, { limit: 1, complete: true })
  const again = items[0] && (await reader.get(items[0].auditId))
  if (again) return { recorded, again, difference: differenceOf(recorded, again) }
  const message = `nothing was recorded of the call that repeats ${recorded.auditId}; replay.run must use a client that is wrapped with the log it is given`
  throw new AuditError('not_recorded', message)
}
