import {
  bothOf,
  type CallSummary,
  type FilterTree,
  type Page,
  type PageRequest,
  parseFilter
} from '@slm-audit/core/reader'
import { type Command, Option } from 'commander'
import { renderCalls, tabbedCalls } from '../render/calls-list.ts'
import { chosenColumns, renderColumns, tabbedColumns } from '../render/chosen-columns.ts'
import { visibleList } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import { SORTS, type Sort, sortedCalls } from './calls/sorted-calls.ts'
import {
  chosenWord,
  explainMore,
  explainNoMatch,
  explainNone,
  type FilterOptions,
  filterOptions,
  isChoice,
  toFilter,
  toPage
} from './filter.ts'
import { warnOfLosses } from './warn-of-losses.ts'
import { warnOfWaiting } from './warn-of-waiting.ts'
import { existingFile, type ReadOptions, readOptions, withReader } from './with-reader.ts'

interface Options extends Omit<FilterOptions, 'tool'>, ReadOptions {
  readonly sort?: Sort
  readonly slow?: string | true
  readonly error?: true
  readonly tool?: string | true
  readonly columns?: string
}

/** How the first line calls an order. */
const ORDERS: { readonly [Name in Sort]: string } = {
  newest: 'newest first',
  relevance: 'most relevant first',
  took: 'slowest first',
  tokens: 'most tokens first',
  in: 'most tokens asked with first',
  out: 'most tokens answered first'
}

/** What is slow unless a time is given. */
const SLOW = '2s'

/** `slm-audit list`: calls, newest first. */
export function addList(program: Command, terminal: Terminal): void {
  const command = program.command('list').description('calls, newest first')
  readOptions(filterOptions(command))
    .option('--slow [time]', `took longer than that (default: ${SLOW})`)
    .option('--error', 'ended in an error')
    .option('--tool [name]', 'ran that tool or asked for it; any tool unless named')
    .addOption(
      new Option(
        '--sort <by>',
        'by relevance to the words, or the largest first; among the newest 20,000'
      ).choices(SORTS)
    )
    .option(
      '--columns <names>',
      'user,question for those alone; +tokens,-user beside the usual ones'
    )
    .action(async (words: string[], options: Options, own: Command) => {
      const { tool: _tool, sort = 'newest', ...rest } = options
      const filter = withShortcuts(toFilter(words, rest), options)
      const columns = options.columns === undefined ? undefined : chosenColumns(options.columns)
      await withReader(options, async (reader) => {
        const page =
          sort === 'newest' || sort === 'relevance'
            ? await reader.query(filter, { ...countedPage(rest, terminal), sort })
            : await sortedCalls(reader, filter, sort, options.limit)
        if (options.cursor === undefined) {
          await warnOfLosses(reader, options, terminal)
          await warnOfWaiting(existingFile(options), terminal)
        }
        const order = [ORDERS[sort], ...shareOf(page, options)]
        const isNone = page.items.length === 0 && options.json !== true && isChoice(filter)
        if (isNone) await explainNoMatch('No call matches.', filter, reader, terminal)
        else print(page, filter, { ...options, names: columns, order }, terminal)
        explainMore(page, options.json === true, terminal, own)
      })
    })
}

/** Calls behind a page that are counted. */
const COUNTED = 1_000

/** The page that the options mean; people are told of how many it is. */
function countedPage(options: Omit<Options, 'tool'>, { width }: Terminal): PageRequest {
  const isForPeople = options.json !== true && Number.isFinite(width)
  return { ...toPage(options), ...(isForPeople && { countUpTo: COUNTED }) }
}

/** How much of all that the filter means the first page is: `5 of 412`, or `50 of more than 1,000`. */
function shareOf({ items, cursor, more }: Page<CallSummary>, options: Options): string[] {
  if (options.cursor !== undefined || cursor === undefined || more === undefined) return []
  const all = more < COUNTED ? items.length + more : COUNTED
  return [`${items.length} of ${more < COUNTED ? '' : 'more than '}${all.toLocaleString('en')}`]
}

interface Shown extends Options {
  readonly names: readonly string[] | undefined
  readonly order: readonly string[]
}

function print(
  page: Page<CallSummary>,
  filter: FilterTree,
  { json, names, order }: Shown,
  terminal: Terminal
): void {
  const { items } = page
  if (json) terminal.print(visibleList(items))
  else if (items.length === 0) {
    explainNone('The log has no calls yet.', terminal)
  } else if (!Number.isFinite(terminal.width)) {
    terminal.write(names ? tabbedColumns(items, names) : tabbedCalls(items))
  } else if (names) terminal.print(renderColumns(items, names, terminal))
  else terminal.print(renderCalls(items, chosenWord(filter), terminal, order))
}

/** The filter with what `--slow`, `--error` and `--tool` mean. */
function withShortcuts(filter: FilterTree, { slow, error, tool }: Options): FilterTree {
  const words = [
    slow === undefined ? '' : `took:>${slow === true ? SLOW : slow}`,
    error ? 'stage:error' : '',
    tool === undefined ? '' : `tool:${tool === true ? '*' : JSON.stringify(tool)}`
  ]
  const text = words.filter((word) => word !== '').join(' ')
  return text === '' ? filter : bothOf(filter, parseFilter(text))
}
