import { isObject, ownMember, setMember } from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

const SEVERITIES: readonly unknown[] = ['safe', 'low', 'medium', 'high']

/**
 * Folds what Azure's filter says of a piece of an answer into what it said before: of each category the
 * gravest verdict stays, of lists every item. A filter that runs beside the stream repeats itself, and
 * tells of one category at a time.
 *
 * Source: Azure OpenAI, "Content streaming"; public recordings of its streams.
 */
export function foldFilterResults(before: unknown, piece: Fields): Fields {
  const folded: { [category: string]: unknown } = isObject(before) ? { ...before } : {}
  for (const [category, verdict] of Object.entries(piece)) {
    const known = ownMember(folded, category)
    if (Array.isArray(known) && Array.isArray(verdict))
      setMember(folded, category, union(known, verdict))
    else if (gravity(verdict) >= gravity(known)) setMember(folded, category, verdict)
  }
  return folded
}

function gravity(verdict: unknown): number {
  if (!isObject(verdict)) return -1
  const { filtered, detected, severity } = verdict
  const seen = SEVERITIES.indexOf(severity) + (detected === true ? SEVERITIES.length : 0)
  return filtered === true ? seen + 2 * SEVERITIES.length : seen
}

function union(known: readonly unknown[], more: readonly unknown[]): unknown[] {
  const said = new Set(known.map((item) => JSON.stringify(item)))
  return [...known, ...more.filter((item) => !said.has(JSON.stringify(item)))]
}
