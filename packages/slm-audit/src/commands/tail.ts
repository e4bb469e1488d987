import type { CallSummary, FilterTree, Reader } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { renderLine, renderTailHead, tabbedCalls } from '../render/calls-list.ts'
import { visibleJson } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import { choiceOptions, chosenWord, type FilterOptions, limitOption, toFilter } from './filter.ts'
import { Following } from './following.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

/** How many calls are shown at first. */
const NEWEST = 10
/** Most calls that are shown of one look. */
const PAGE = 1_000

interface TailOptions extends FilterOptions, ReadOptions {
  readonly once?: boolean
}

/** `slm-audit tail`: the newest calls, then each as it comes and as it ends. */
export function addTail(program: Command, terminal: Terminal): void {
  const command = program
    .command('tail')
    .description('the newest calls, then new ones as they come (ctrl-c ends)')
    .option('--once', 'show the newest and end')
  const choice = limitOption(choiceOptions(command), NEWEST)
  const withOptions = readOptions(choice, 'one JSON value a line, for programs')
  withOptions.action(async (words: string[], options: TailOptions) => {
    const filter = toFilter(words, options)
    await withReader(options, async (reader) => {
      const shown = new Map<string, string>()
      let limit = options.limit ?? NEWEST
      const isTable = !options.json && Number.isFinite(terminal.width)
      if (isTable) terminal.print(renderTailHead(chosenWord(filter), terminal))
      using following = options.once ? undefined : new Following(reader)
      for (;;) {
        for (const call of await newCalls(reader, filter, shown, limit)) {
          if (options.json) terminal.print(visibleJson(call))
          else if (isTable) terminal.print(renderLine(call, terminal))
          else terminal.write(tabbedCalls([call]))
        }
        if (options.once || terminal.isGone) return
        limit = PAGE
        await following?.next()
      }
    })
  })
}

/** Calls not yet shown in the stage they are in, oldest first; of the older ones, `limit`. */
async function newCalls(
  reader: Reader,
  filter: FilterTree,
  shown: Map<string, string>,
  limit: number
): Promise<CallSummary[]> {
  // One query, so that nothing comes in between two.
  const { items } = await reader.query(filter, { limit: Math.max(limit, PAGE) })
  const fresh = items.filter((call) => shown.get(call.auditId) !== call.stage)
  for (const call of fresh) shown.set(call.auditId, call.stage)
  while (shown.size > PAGE * 10) shown.delete(shown.keys().next().value ?? '')
  return fresh.slice(0, limit).reverse()
}
