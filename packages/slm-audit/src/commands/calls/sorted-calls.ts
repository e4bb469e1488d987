import type { CallSummary, FilterTree, Page, PageOrder, Reader } from '@slm-audit/core/reader'

/** What calls can be sorted by. */
export const SORTS = ['newest', 'relevance', 'took', 'tokens', 'in', 'out'] as const

/** One of {@link SORTS}. */
export type Sort = (typeof SORTS)[number]

/** What calls are sorted by once they are read: the largest number first. */
export type SortedByNumber = Exclude<Sort, PageOrder>

/** So many of the newest calls are looked at; a log of millions answers all the same. */
const LOOKED_AT = 20_000
const PAGE = 1_000
const USUAL = 50

const KEYS: {
  readonly [Name in SortedByNumber]: (call: CallSummary) => number | undefined
} = {
  took: ({ durationMs }) => durationMs,
  tokens: ({ inputTokens, outputTokens }) =>
    inputTokens === undefined && outputTokens === undefined
      ? undefined
      : (inputTokens ?? 0) + (outputTokens ?? 0),
  in: ({ inputTokens }) => inputTokens,
  out: ({ outputTokens }) => outputTokens
}

/**
 * The calls of a filter with the largest numbers, among the newest 20,000 that pass it; those of which the number is not known
 * are left out.
 */
export async function sortedCalls(
  reader: Pick<Reader, 'query'>,
  filter: FilterTree,
  sort: SortedByNumber,
  limit = USUAL
): Promise<Page<CallSummary>> {
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
  return {
    items: best,
    ...(behind !== undefined && { behind }),
    ...(cursor !== undefined && { newest: looked })
  }
}
