import type { CallSummary, FilterTree, Page, Reader } from '@slm-audit/core/reader'

/** What calls can be sorted by beside their age: the largest first. */
export const SORTS = ['newest', 'took', 'tokens', 'in', 'out'] as const

/** One of {@link SORTS}. */
export type Sort = (typeof SORTS)[number]

/** So many of the newest calls are looked at; a log of millions answers all the same. */
const LOOKED_AT = 20_000
const PAGE = 1_000
const USUAL = 50

const KEYS: {
  readonly [Name in Exclude<Sort, 'newest'>]: (call: CallSummary) => number | undefined
} = {
  took: ({ durationMs }) => durationMs,
  tokens: ({ inputTokens, outputTokens }) =>
    inputTokens === undefined && outputTokens === undefined
      ? undefined
      : (inputTokens ?? 0) + (outputTokens ?? 0),
  in: ({ inputTokens }) => inputTokens,
  out: ({ outputTokens }) => outputTokens
}

/** Calls by a number of theirs, the largest first; those of which it is not known are left out. */
export interface SortedCalls {
  readonly page: Page<CallSummary>
  /** Set where older calls were not looked at: how many of the newest were. */
  readonly newest?: number
}

/** The calls of a filter with the largest numbers, among the newest 20,000 that pass it. */
export async function sortedCalls(
  reader: Pick<Reader, 'query'>,
  filter: FilterTree,
  sort: Exclude<Sort, 'newest'>,
  limit = USUAL
): Promise<SortedCalls> {
  const key = KEYS[sort]
  let best: CallSummary[] = []
  let looked = 0
  let cursor: string | undefined
  let behind: number | undefined
  do {
    const page = await reader.query(filter, {
      limit: PAGE,
      ...(cursor !== undefined && { cursor })
    })
    looked += page.items.length
    behind = page.behind ?? behind
    best = [...best, ...page.items.filter((call) => key(call) !== undefined)]
      .sort((one, other) => (key(other) ?? 0) - (key(one) ?? 0))
      .slice(0, limit)
    cursor = page.cursor
  } while (cursor !== undefined && looked < LOOKED_AT)
  const page = { items: best, ...(behind !== undefined && { behind }) }
  return { page, ...(cursor !== undefined && { newest: looked }) }
}
