import type { Command } from 'commander'
import { renderCalls, tabbedCalls } from '../render/calls-list.ts'
import { visibleJson } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import {
  chosenWord,
  explainMore,
  type FilterOptions,
  filterOptions,
  isChoice,
  toFilter,
  toPage
} from './filter.ts'
import { warnOfLosses } from './warn-of-losses.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

interface Options extends FilterOptions, ReadOptions {}

/** `slm-audit list`: calls, newest first. */
export function addList(program: Command, terminal: Terminal): void {
  const command = program.command('list').description('calls, newest first')
  readOptions(filterOptions(command)).action(async (words: string[], options: Options) => {
    const filter = toFilter(words, options)
    await withReader(options, async (reader) => {
      const page = await reader.query(filter, toPage(options))
      if (options.cursor === undefined) await warnOfLosses(reader, options, terminal)
      if (options.json) {
        for (const call of page.items) terminal.print(visibleJson(call))
        explainMore(page, true, terminal)
        return
      }
      if (!Number.isFinite(terminal.width)) {
        terminal.write(tabbedCalls(page.items))
        explainMore(page, true, terminal)
        return
      }
      const chosen = isChoice(filter)
      terminal.print(
        page.items.length > 0
          ? renderCalls(page.items, chosenWord(filter), terminal)
          : terminal.style('dim', chosen ? 'No call matches.' : 'The log has no calls yet.')
      )
      explainMore(page, false, terminal)
    })
  })
}
