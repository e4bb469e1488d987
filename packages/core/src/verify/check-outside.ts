import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { checkTrustPolicy } from '../tlog/trust-policy.ts'
import { FlawFound } from './flaw.ts'
import type { KeyHistory } from './key-history.ts'
import { checkContinues, type ReadLog } from './known-head.ts'
import type { SignedCheckpoint } from './read-checkpoints.ts'
import type { VerifyOptions, VerifyReport } from './report.ts'

/**
 * Checks a log that has been read to its end against what somebody outside knows: a checkpoint that it must
 * continue, and a policy that must believe its newest checkpoint. Gives what it agrees with; `undefined` where
 * nothing is known. Throws the flaw.
 */
export async function checkOutside(
  log: ReadLog,
  keys: KeyHistory,
  newest: SignedCheckpoint | undefined,
  { checkpoint, policy }: NonNullable<VerifyOptions['against']> = {}
): Promise<VerifyReport['outside']> {
  const known = checkpoint === undefined ? undefined : await checkCheckpoint(log, keys, checkpoint)
  if (policy === undefined) return known
  if (!newest) throw new FlawFound(0, 'wrong key', 'no checkpoint was checked against the policy')
  const { accepted, problem, witnessedBy } = await checkTrustPolicy(newest.note, policy)
  if (!accepted) throw new FlawFound(0, 'wrong key', `the newest checkpoint: ${problem}`)
  const by = witnessedBy.length > 0 ? 'witnesses' : 'key'
  return known ?? { by, size: newest.size }
}

async function checkCheckpoint(
  log: ReadLog,
  keys: KeyHistory,
  checkpoint: string
): Promise<NonNullable<VerifyReport['outside']>> {
  const known = parseCheckpoint(checkpoint)
  const { size, note } = known
  checkContinues(log, known, 'the outside checkpoint')
  const flaw = size > 0 ? await keys.flawOf(note, size) : undefined
  if (flaw) throw new FlawFound(0, flaw, `the outside checkpoint of size ${size}`)
  return { by: 'checkpoint', size }
}
