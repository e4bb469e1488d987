import type { RecordFlaw } from './flaw.ts'
import type { Verdict, VerifyReport } from './report.ts'

/** The word for what a verification has found. */
export function verdictOf(outside: VerifyReport['outside'], flaw: RecordFlaw | undefined): Verdict {
  if (flaw) return DIVERGED.includes(flaw.kind) ? 'diverged' : 'flawed'
  if (!outside) return 'unanchored'
  return outside.by === 'witnesses' ? 'witnessed' : 'anchored'
}

/** Flaws that are a matter of what somebody knows, or has signed, of the log. */
const DIVERGED: readonly RecordFlaw['kind'][] = ['truncated tail', 'rewritten history', 'wrong key']

/** Labels of a domain that are shared by many, before a country's own. */
const SHARED_LABEL = /^[a-z]{1,3}$/

/**
 * The organisation of a witness, by the domain that the name of its key begins with: its last two labels, or
 * three where the second is one that many share, as in `example.co.uk`.
 */
export function organisationOf(keyName: string): string {
  const [host = ''] = keyName.toLowerCase().split('/')
  const labels = host.split('.')
  const [second = '', top = ''] = labels.slice(-2)
  const isShared = labels.length > 2 && top.length === 2 && SHARED_LABEL.test(second)
  return labels.slice(isShared ? -3 : -2).join('.')
}
