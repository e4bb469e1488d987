import type { Reader } from '@slm-audit/core/reader'
import { lossesIn } from '../doctor/losses.ts'
import { momentWord } from '../render/clock-words.ts'
import { counted } from '../render/figures.ts'
import type { Terminal } from '../terminal.ts'
import { type FilterOptions, toFilter } from './filter.ts'

/** Says that records of a time were lost, how many and when: what is listed is not all. */
export async function warnOfLosses(
  reader: Reader,
  { since, until }: Pick<FilterOptions, 'since' | 'until'>,
  terminal: Terminal
): Promise<void> {
  const time = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
  const losses = await lossesIn(reader, toFilter([], { kind: 'gap', ...time }))
  if (losses === undefined) return
  const number = `${losses.isAll ? '' : 'at least '}${counted(losses.records, 'record')}`
  const between = `between ${momentWord(losses.since, terminal)} and ${momentWord(losses.until, terminal)}`
  terminal.explain(
    terminal.style(
      'yellow',
      `${number} ${losses.records === 1 ? 'was' : 'were'} lost, ${between}; slm-audit list --kind gap shows them`
    )
  )
}
