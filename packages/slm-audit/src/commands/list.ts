import type { Command } from 'commander'
import { renderCalls, tabbedCalls } from '../render/calls-list.ts'
import { visibleJson } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import {
  chosenWord,
  explainMore,
  type FilterOptions,
  filterOptions,
  toFilter,
  toPage
} from './filter.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

/** `slm-audit list`: calls, newest first. */
export function addList(program: Command, terminal: Terminal): void {
  const command = program.command('list').description('calls, newest first')
  readOptions(filterOptions(command)).action(async (options: FilterOptions & ReadOptions) => {
    const filter = toFilter(options)
    await withReader(options, async (reader) => {
      const page = await reader.query(filter, toPage(options))
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
      const chosen = Object.keys(filter).length > 0
      terminal.print(
        page.items.length > 0
          ? renderCalls(page.items, chosenWord(options), terminal)
          : terminal.style('dim', chosen ? 'No call matches.' : 'The log has no calls yet.')
      )
      explainMore(page, false, terminal)
    })
  })
}
