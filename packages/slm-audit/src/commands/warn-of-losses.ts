import type { Reader } from '@slm-audit/core/reader'
import { momentWord } from '../render/clock-words.ts'
import type { Terminal } from '../terminal.ts'
import { type FilterOptions, toFilter } from './filter.ts'

/** So many records `gap` are added up. */
const MOST_GAPS = 100

/** Says that records of a time were lost, how many and when: what is listed is not all. */
export async function warnOfLosses(
  reader: Reader,
  { since, until }: Pick<FilterOptions, 'since' | 'until'>,
  terminal: Terminal
): Promise<void> {
  const time = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
  const page = await reader.query(toFilter([], { kind: 'gap', ...time }), {
    limit: MOST_GAPS
  })
  const { items, cursor } = page
  if (items.length === 0) return
  let records = 0
  const times: string[] = []
  for (const { auditId, receivedAt } of items) {
    const event = (await reader.get(auditId))?.record.event ?? {}
    // What an exporter was not given is in the log all the same.
    if (event.exporter !== undefined) continue
    records += Number(event.records ?? 0)
    times.push(String(event.since ?? receivedAt), String(event.until ?? receivedAt))
  }
  const [first, last] = [times.sort()[0], times.at(-1)]
  if (records === 0 || first === undefined || last === undefined) return
  const number = `${cursor === undefined ? '' : 'at least '}${records.toLocaleString('en')}`
  const between = `between ${momentWord(first, terminal)} and ${momentWord(last, terminal)}`
  const lost = records === 1 ? 'record was lost' : 'records were lost'
  terminal.explain(
    terminal.style('yellow', `${number} ${lost}, ${between}; slm-audit list --kind gap shows them`)
  )
}
