import type { Command } from 'commander'
import { visibleJson } from '../render/columns.ts'
import { renderMatches } from '../render/matches.ts'
import type { Terminal } from '../terminal.ts'
import { explainMore, type FilterOptions, filterOptions, toFilter, toPage } from './filter.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

/** `slm-audit search`: calls whose texts hold all the words, newest first. */
export function addSearch(program: Command, terminal: Terminal): void {
  const command = program
    .command('search')
    .description('calls whose prompt, answer or error holds all the words')
    .argument('<text...>')
  readOptions(filterOptions(command)).action(
    async (words: string[], options: FilterOptions & ReadOptions) => {
      const text = words.join(' ')
      const filter = toFilter(options)
      await withReader(options, async (reader) => {
        const page = await reader.search(text, filter, toPage(options))
        if (options.json) for (const call of page.items) terminal.print(visibleJson(call))
        else if (page.items.length > 0) terminal.print(renderMatches(page.items, terminal))
        else terminal.print(terminal.style('dim', `No call holds ${text}.`))
        explainMore(page, options.json, terminal)
      })
    }
  )
}
