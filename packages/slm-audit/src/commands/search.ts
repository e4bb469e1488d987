import { AuditError, type PageOrder } from '@slm-audit/core/reader'
import { type Command, Option } from 'commander'
import { visibleList } from '../render/columns.ts'
import { renderMatches } from '../render/matches.ts'
import type { Terminal } from '../terminal.ts'
import {
  explainMore,
  explainNoMatch,
  type FilterOptions,
  filterOptions,
  toFilter,
  toPage
} from './filter.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

interface Options extends FilterOptions, ReadOptions {
  readonly sort?: PageOrder
}

const ORDERS = ['newest', 'relevance'] as const satisfies readonly PageOrder[]

/** `slm-audit search`: calls whose texts hold all the words, newest or most relevant first. */
export function addSearch(program: Command, terminal: Terminal): void {
  const command = program
    .command('search')
    .description('calls whose prompt, answer or error holds all the words')
  const order = new Option('--sort <by>', 'newest, or relevance to the words').choices(ORDERS)
  readOptions(filterOptions(command).addOption(order)).action(
    async (words: string[], options: Options, own: Command) => {
      if (words.every((word) => word.trim() === '')) {
        throw new AuditError('bad_query', 'slm-audit search needs a word: slm-audit search refund')
      }
      const filter = toFilter(words, options)
      await withReader(options, async (reader) => {
        const page = await reader.query(filter, {
          ...toPage(options),
          ...(options.sort && { sort: options.sort })
        })
        if (options.json) terminal.print(visibleList(page.items))
        else if (page.items.length > 0) terminal.print(renderMatches(page.items, terminal))
        else {
          await explainNoMatch(`No call holds ${words.join(' ')}.`, filter, reader, terminal)
        }
        explainMore(page, options.json, terminal, own)
      })
    }
  )
}
