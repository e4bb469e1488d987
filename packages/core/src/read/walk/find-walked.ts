import type { CallSummary, Page, PageRequest } from '../call-summary.ts'
import { inScope, matchesFilter } from '../filter/matches-filter.ts'
import type { FilterTree } from '../filter/tree.ts'
import { searchedTexts } from '../indexed/call-document.ts'
import {
  countOf,
  cursorAt,
  limitOf,
  relevantPage,
  startOf,
  toSummary
} from '../indexed/call-query.ts'
import { mentionsIn, mostRelevant, RELEVANT, relevantRows } from '../indexed/relevance.ts'
import { rowSnippet, snippetIn } from '../indexed/row-snippet.ts'
import { type Term, termsOf } from '../indexed/words.ts'
import { withRedacted } from '../redacted-contents.ts'
import type { KeptRecords } from './kept-records.ts'
import type { WalkedCall, WalkedCalls } from './walked-calls.ts'

/** A page of calls out of those that are held. Rejects with AuditError. */
export async function findWalked(
  calls: WalkedCalls,
  kept: KeptRecords,
  filter: FilterTree,
  page: PageRequest
): Promise<Page<CallSummary>> {
  const limit = limitOf(page)
  const terms = termsOf(filter)
  const shown = page.snippets === false ? [] : terms
  const relevant = relevantPage(page, terms)
  const below = relevant ? relevant.below : startOf(page)
  const scope = inScope(filter)
  const counted = countOf(page)
  const most = relevant ? RELEVANT.among : limit + Math.max(1, counted)
  const found: WalkedCall[] = []
  for (const call of [...calls.all()].reverse()) {
    if (call.id >= below || !matchesFilter(scope, call)) continue
    if (found.push(call) === most) break
  }
  if (relevant) {
    const best = mostRelevant(found.map((row) => ({ row, mentions: mentionsIn(row.body, terms) })))
    const { size } = calls
    const { items, ...around } = relevantRows(best, relevant, {
      limit,
      size,
      compared: found.length
    })
    return { items: await summed(items, calls, kept, shown), ...around }
  }
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const cursor = found.length > limit && last ? cursorAt(last.id) : undefined
  return {
    items: await summed(items, calls, kept, shown),
    ...(cursor !== undefined && { cursor }),
    ...(counted > 0 && { more: found.length - items.length })
  }
}

async function summed(
  found: readonly WalkedCall[],
  calls: WalkedCalls,
  kept: KeptRecords,
  terms: readonly Term[]
): Promise<CallSummary[]> {
  if (terms.length === 0) return found.map((call) => summaryOf(call))
  const indices = found.flatMap((call) => calls.indicesOf(call))
  const records = new Map((await kept.at(indices)).map((record) => [record.index, record]))
  return found.map((call) => {
    const { row, header, indices } = call
    const own = indices.flatMap((index) => records.get(index) ?? [])
    const said = calls.saidOf(call, records)
    const annotations = header.kind === 'annotation' ? own : said
    const texts = () => searchedTexts(withRedacted(own, said), annotations)
    return summaryOf(call, rowSnippet(row, terms) ?? snippetIn(texts(), terms))
  })
}

function summaryOf({ row, encrypted }: WalkedCall, snippet?: string): CallSummary {
  return { ...toSummary(row, snippet), ...(encrypted !== undefined && { encrypted }) }
}
