import type { CallSummary } from '@slm-audit/core/reader'

/** Calls that wait above a list. */
export type Waiting = readonly CallSummary[]

interface Newest {
  /** Calls as they are now. */
  readonly found: readonly CallSummary[]
  /** From this index on `found` has all calls of the filter: others are of it no more. */
  readonly from: number
  /** Whether new calls may move the rows. */
  readonly isAtTop: boolean
}

/** The rows and the calls that wait above them, once the newest are known: each call once, newest first. */
export function withNewest(
  rows: readonly CallSummary[],
  waiting: Waiting,
  { found, from, isAtTop }: Newest
): { readonly rows: readonly CallSummary[]; readonly waiting: Waiting } {
  const now = new Map(found.map((call) => [call.auditId, call]))
  const isStill = ({ auditId, index }: CallSummary) => index < from || now.has(auditId)
  if (isAtTop) {
    const rest = [...waiting, ...rows].filter((call) => isStill(call) && !now.has(call.auditId))
    return { rows: merged(found, rest), waiting: [] }
  }
  // Rows that somebody reads stay where they are, and change in place.
  const shown = rows.map((call) => now.get(call.auditId) ?? call)
  const known = new Set(rows.map(({ auditId }) => auditId))
  const rest = waiting.filter((call) => isStill(call) && !now.has(call.auditId))
  return { rows: shown, waiting: merged(found, rest).filter(({ auditId }) => !known.has(auditId)) }
}

/** Both lists as one, newest first, each call once. */
export function merged(
  one: readonly CallSummary[],
  other: readonly CallSummary[]
): readonly CallSummary[] {
  const first = one.at(-1)?.index ?? Number.POSITIVE_INFINITY
  const all = new Map([...one, ...other].map((call) => [call.auditId, call]))
  const isOrdered = first > (other[0]?.index ?? -1)
  const list = [...all.values()]
  return isOrdered ? list : list.sort((left, right) => right.index - left.index)
}
