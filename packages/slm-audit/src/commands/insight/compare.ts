import {
  AuditError,
  type ComparedSetting,
  type Comparison,
  type FilterTree,
  fieldNamed,
  filterTree,
  type PairedBy,
  parseFilter,
  readTime,
  TEXT_FIELDS,
  type TextField
} from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError } from 'commander'
import { visibleJson } from '../../render/columns.ts'
import { renderComparison, renderPairs, type SideNames } from '../../render/compare/compare.ts'
import { dot } from '../../render/marks.ts'
import { progressBar } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'
import { choiceOptions, type FilterOptions, limitOption, toFilter } from '../filter.ts'
import { parseShare, refuseChanged } from '../share.ts'
import { type ReadOptions, readOptions, withReader } from '../with-reader.ts'

interface Options extends FilterOptions, ReadOptions {
  readonly by?: TextField | `setting.${string}`
  readonly before?: string
  readonly pair?: PairedBy
  readonly maxChanged?: number
  readonly pairs?: boolean
}

/** Newest calls of each side that are looked at, unless another number is given. */
const USUAL = 1_000
/** What a comparison holds in memory at most. */
const MOST = 100_000
const USUAL_WIDTH = 100

/** `slm-audit compare`: what changed between two versions, models, prompts, settings or times. */
export function addCompare(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('compare')
    .description(
      'what changed where two versions, models, prompts, settings or times were asked the same'
    )
    .usage('[options] <first> <second> [filter...]')
    .option(
      '--by <field>',
      'compare two values of a field: version, model, prompt, …, or of a setting: setting.temperature',
      parseField
    )
    .option('--before <when>', 'compare what came before a time with what came from then on')
    .option(
      '--pair <by>',
      'what pairs have in common: input, all messages (default); said, all but the instructions; or a tag, such as a row of a data set: tag.row',
      parsePair
    )
    .option('--max-changed <share>', 'exit with 1 when more answers changed: 20%', parseShare)
    .option('--pairs', 'all inputs with changed answers, not only the one that changed most')
    .addHelpText(
      'after',
      '\nexit codes: 0 within the limit, 1 over --max-changed, 2 could not compare'
    )
  readOptions(limitOption(choiceOptions(command), USUAL, MOST)).action(
    async (words: string[], options: Options) => {
      const { names, ...sides } = sidesOf(words, options)
      await withReader(options, async (reader) => {
        const onProgress = (done: number, of: number) => terminal.progress(progressBar(done, of))
        const { limit = USUAL, pair } = options
        const how = { limit, onProgress, ...(pair && { pairBy: pair }) }
        const comparison = await reader.compare({ ...sides, ...how })
        terminal.progress('')
        print(comparison, names, options, terminal)
        if (comparison.pairs === 0 && !comparison.calls.includes(0) && pair === undefined) {
          terminal.explain(
            'where the instructions were changed as well: --pair said; where a tag names the row of a data set: --pair tag.row'
          )
        }
        if (options.limit === undefined && comparison.calls.some((count) => count >= USUAL)) {
          terminal.explain(
            `compared were the newest ${USUAL.toLocaleString('en')} calls of a side at most; --limit ${USUAL * 10} looks at more, since: and until: choose others`
          )
        }
        const { maxChanged } = options
        if (maxChanged !== undefined && comparison.pairs === 0) {
          throw new AuditError(
            'not_found',
            'nothing was asked on both sides, so nothing can be said'
          )
        }
        refuseChanged(comparison.changed, comparison.pairs, maxChanged, terminal, finish)
      })
    }
  )
}

interface Sides {
  readonly names: SideNames
  readonly first: FilterTree
  readonly second: FilterTree
  readonly filter: FilterTree
  readonly setting?: ComparedSetting
}

function sidesOf(words: readonly string[], options: Options): Sides {
  const { by, before, utc } = options
  const clock = utc ? 'utc' : 'local'
  if ((by === undefined) === (before === undefined)) {
    throw new AuditError(
      'bad_option',
      'compare takes --by <field> and two of its values, or --before <when>: slm-audit compare --by version 2.3.1 2.4.0'
    )
  }
  if (before !== undefined) {
    const instant = readTime('--before', before, clock)
    return {
      names: { by: 'time', first: `before ${before}`, second: 'since' },
      first: filterTree({ until: instant }),
      second: filterTree({ since: instant }),
      filter: toFilter(words, options)
    }
  }
  const [first, second, ...rest] = words
  if (by === undefined || first === undefined || second === undefined) {
    throw new AuditError(
      'bad_option',
      `compare --by ${by} needs two values: slm-audit compare --by ${by} ${first ?? '<first>'} <second>`
    )
  }
  if (by.startsWith(SETTING)) {
    const name = by.slice(SETTING.length)
    return {
      names: { by: name, first, second },
      first: filterTree({}),
      second: filterTree({}),
      filter: toFilter(rest, options),
      setting: { name, first, second }
    }
  }
  const side = (value: string) => parseFilter(`${by}:${JSON.stringify(value)}`)
  return {
    names: { by, first, second },
    first: side(first),
    second: side(second),
    filter: toFilter(rest, options)
  }
}

function print(
  comparison: Comparison,
  names: SideNames,
  options: Options,
  terminal: Terminal
): void {
  if (options.json) {
    terminal.print(visibleJson({ ...names, ...comparison }))
    return
  }
  const isTerminal = Number.isFinite(terminal.width)
  const shownOn = isTerminal ? terminal : { ...terminal, width: USUAL_WIDTH }
  terminal.print(renderComparison(comparison, names, shownOn))
  if (options.pairs && comparison.changed > 0)
    terminal.print(`\n${renderPairs(comparison, shownOn)}`)
  if (isTerminal && comparison.changed > 0) {
    terminal.print(terminal.style('dim', `all pairs: --pairs ${dot(terminal)} --json`))
  }
}

const SETTING = 'setting.'

function parsePair(text: string): PairedBy {
  if (text === 'input' || text === 'said' || /^tag\../.test(text)) return text as PairedBy
  throw new InvalidArgumentError('It takes input, said, or a tag: tag.row.')
}

function parseField(text: string): TextField | `setting.${string}` {
  if (text.startsWith(SETTING) && text !== SETTING) return text as `setting.${string}`
  const field = fieldNamed(text)
  const found = TEXT_FIELDS.find((each) => each === field && each !== 'tag')
  if (found) return found
  throw new InvalidArgumentError(
    'It takes a field of the filter language: version, model, prompt, …; or setting.temperature, setting.top_p, …'
  )
}
