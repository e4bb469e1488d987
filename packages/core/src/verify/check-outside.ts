import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { checkTrustPolicy, type TrustPolicy } from '../tlog/trust-policy.ts'
import { FlawFound } from './flaw.ts'
import type { KeyHistory } from './key-history.ts'
import { checkContinues, type ReadLog } from './known-head.ts'
import type { SignedCheckpoint } from './read-checkpoints.ts'
import type { VerifyOptions, VerifyReport } from './report.ts'
import { organisationOf } from './verdict.ts'

/**
 * Checks a log that has been read to its end against what somebody outside knows: a checkpoint that it must
 * continue, and a policy that must believe its newest checkpoint. Gives what it agrees with; `undefined` where
 * nothing is known. Throws the flaw.
 */
export async function checkOutside(
  log: ReadLog,
  keys: KeyHistory,
  newest: SignedCheckpoint | undefined,
  { checkpoint, policy, organisations: needed = 0 }: NonNullable<VerifyOptions['against']> = {}
): Promise<VerifyReport['outside']> {
  const known = checkpoint === undefined ? undefined : await checkCheckpoint(log, keys, checkpoint)
  if (policy === undefined) {
    if (needed === 0) return known
    throw new FlawFound(0, 'wrong key', 'organisations can be counted with a policy alone')
  }
  if (!newest) throw new FlawFound(0, 'wrong key', 'no checkpoint was checked against the policy')
  const { accepted, problem, witnessedBy } = await checkTrustPolicy(newest.note, policy)
  if (!accepted) throw new FlawFound(0, 'wrong key', `the newest checkpoint: ${problem}`)
  const witnesses = witnessedBy.map(({ name }) => name)
  const organisations = organisationsOf(witnesses, policy)
  if (organisations.length < needed) {
    const who = organisations.length === 0 ? 'nobody' : organisations.join(', ')
    const detail = `the newest checkpoint is witnessed by ${who}: ${organisations.length} of ${needed} organisations`
    throw new FlawFound(0, 'wrong key', detail)
  }
  if (witnesses.length === 0) return known ?? { by: 'key', size: newest.size }
  return { by: 'witnesses', size: newest.size, witnesses, organisations }
}

function organisationsOf(witnesses: readonly string[], policy: TrustPolicy): string[] {
  const keys = policy.witnesses.filter(({ name }) => witnesses.includes(name))
  return [...new Set(keys.map(({ key }) => organisationOf(key.name)))]
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
