import { type FilterTree, filterText } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { visibleJson, visibleList } from '../../render/columns.ts'
import { counted } from '../../render/figures.ts'
import { plainTable } from '../../render/plain-table.ts'
import type { Terminal } from '../../terminal.ts'
import { choiceOptions, type FilterOptions, limitOption, toFilter } from '../filter.ts'
import { existingLog, type ReadOptions, readOptions, withReader } from '../with-reader.ts'
import { loadReplays } from './load-replays.ts'
import { freezeSet, listSets } from './sets.ts'

/** Calls that a set has, unless another number is given. */
const USUAL = 200
const MOST = 10_000

/** `slm-audit set`: named sets of recorded calls, to replay candidates on. */
export function addSet(program: Command, terminal: Terminal): void {
  const set = program
    .command('set')
    .description('named sets of recorded calls, to replay models on')
  const freeze = set
    .command('freeze')
    .description('gives the newest calls that a filter means a name')
    .argument('<name>', 'letters, digits, dots, hyphens')
  readOptions(limitOption(choiceOptions(freeze), USUAL, MOST)).action(
    async (name: string, words: string[], options: FilterOptions & ReadOptions) => {
      const { readRecorded } = await loadReplays('slm-audit set')
      const filter: FilterTree = toFilter(words, options)
      await withReader(options, async (reader) => {
        const calls = await readRecorded(reader, { filter, newest: options.limit ?? USUAL })
        const frozen = freezeSet(name, filterText(filter), calls, existingLog(options))
        const count = frozen.calls.length
        terminal.print(
          options.json
            ? visibleJson(frozen)
            : `${counted(count, 'call')} ${count === 1 ? 'is' : 'are'} frozen as ${name}; next: slm-audit replay --set ${name} --on <model>, then slm-audit compare --by model <recorded> <model> tag.set:${name}`
        )
      })
    }
  )
  readOptions(set.command('list').description('the sets beside a log')).action(
    (options: ReadOptions) => {
      const sets = listSets(existingLog(options))
      if (options.json) terminal.print(visibleList(sets))
      else if (sets.length === 0)
        terminal.print('no sets yet; slm-audit set freeze NAME <filter> makes one')
      else terminal.print(tableOf(sets, terminal))
    }
  )
}

function tableOf(sets: ReturnType<typeof listSets>, terminal: Terminal): string {
  const rows = sets.map(({ name, calls, frozenAt, filter }) => [
    name,
    String(calls.length),
    frozenAt.slice(0, 16).replace('T', ' '),
    filter
  ])
  return plainTable(
    { set: 'left', calls: 'right', 'frozen (UTC)': 'left', filter: 'left' },
    rows,
    terminal
  )
}
