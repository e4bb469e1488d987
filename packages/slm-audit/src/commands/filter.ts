import {
  bothOf,
  type CallFilter,
  type FilterTree,
  fieldNamed,
  filterText,
  filterTree,
  nearestValues,
  type Page,
  type PageRequest,
  parseFilter,
  type Reader,
  readTime
} from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { nextCommand } from '../base/next-command.ts'
import type { Terminal } from '../terminal.ts'

/** Options that choose calls, as commander gives them. */
export interface FilterOptions extends CallFilter, Pick<PageRequest, 'limit' | 'cursor'> {
  readonly utc?: boolean
}

const NAMES = [
  'kind',
  'provider',
  'model',
  'operation',
  'session',
  'user',
  'tenant',
  'stage',
  'tag',
  'parent',
  'errorType'
] as const
const STAGES = ['received', 'complete', 'error', 'cancelled', 'abandoned', 'denied']

/** The argument of commands that take a filter. */
const FILTER_ARGUMENT = '[filter...]'
const FILTER_HELP =
  'which calls: user:u-7 since:1d stage:error took:>2s -tool:search refund (docs/guide/filters.md)'

/** Adds the options that choose calls, and a page of them. */
export function filterOptions(command: Command): Command {
  return limitOption(choiceOptions(command), 50).option(
    '--cursor <cursor>',
    'go on after an earlier page'
  )
}

/** Adds `--limit`; its default is told, and is the command's. */
export function limitOption(command: Command, usual: number, most = 1_000): Command {
  return command.option('-n, --limit <count>', `how many (default: ${usual})`, (text) =>
    parseLimit(text, most)
  )
}

/** Adds the argument and the options that choose calls. */
export function choiceOptions(command: Command): Command {
  return command
    .argument(FILTER_ARGUMENT, FILTER_HELP)
    .option(
      '--since <when>',
      'received at or after: 2h, 3d, yesterday, 2026-01-31, 2026-01-31T08:00Z'
    )
    .option('--until <when>', 'received before')
    .option('--model <name>', 'asked for, or answered')
    .option('--provider <name>')
    .option('--operation <name>', 'chat, text_completion, embeddings, …')
    .option('--session <id>')
    .option('--user <id>')
    .option('--tenant <id>')
    .option('--tag <name[=value]>')
    .option('--parent <id>', 'the call or step that they belong to')
    .option('--error-type <type>', 'as list shows it')
    .option('--kind <kind>', 'call, tool, annotation, …')
    .addOption(new Option('--stage <stage>', 'how it ended').choices(STAGES))
}

/**
 * The filter that the words and the options mean, which must both hold. Throws AuditError `bad_query`
 * for what cannot be read.
 */
export function toFilter(words: readonly string[], options: FilterOptions): FilterTree {
  const clock = options.utc ? 'utc' : 'local'
  let tree = parseFilter(words.join(' '), clock)
  for (const name of ['since', 'until'] as const) {
    const value = options[name]
    if (value === undefined) continue
    // The option is named where its time cannot be read.
    readTime(`--${name}`, value, clock)
    tree = bothOf(tree, parseFilter(`${name}:"${value.trim()}"`, clock))
  }
  const given: CallFilter = Object.fromEntries(NAMES.map((name) => [name, options[name]]))
  return bothOf(tree, filterTree(given))
}

/** Whether a filter means some calls and not others. */
export function isChoice(filter: FilterTree): boolean {
  return filter.is !== 'all' || filter.of.length > 0
}

/**
 * The arguments with `-tool:search` as `!tool:search`, which is the same and looks like no option; so
 * with `-"a phrase"` and `-(a group)`.
 */
export function withNegations(args: readonly string[]): string[] {
  return args.map((arg) => {
    const [, name] = /^-([A-Za-z][\w-]*)(?:\.[^\s:]+)?:/.exec(arg) ?? []
    const isTest = name === undefined ? /^-["“(]/.test(arg) : fieldNamed(name) !== undefined
    return isTest ? `!${arg.slice(1)}` : arg
  })
}

/** The page that the options mean. */
export function toPage(options: FilterOptions): PageRequest {
  const { limit, cursor } = options
  return { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) }
}

/**
 * Says what to type for the next page, and what was not looked at; beside what is for programs, on standard
 * error. `command` is the one that runs.
 */
export function explainMore(
  page: Page<unknown>,
  json = false,
  terminal: Terminal,
  command: Command
): void {
  const { cursor, behind, newest } = page
  if (newest !== undefined) {
    terminal.explain(
      `sorted were the newest ${newest.toLocaleString('en')} of them; --until looks further back`
    )
  }
  if (behind !== undefined) {
    terminal.explain(
      `${behind.toLocaleString('en')} records are not indexed yet and were not looked at; slm-audit reindex makes the index`
    )
  }
  if (cursor === undefined) return
  const more = `more: ${nextCommand(command, cursor)}`
  // A command is there to be copied, whole.
  if (json || !Number.isFinite(terminal.width)) terminal.explain(more)
  else terminal.print(terminal.style('dim', more))
}

/** Says that a list has nothing in it: in place of it to people, and beside the output of programs, which stays empty. */
export function explainNone(word: string, terminal: Terminal): void {
  if (Number.isFinite(terminal.width)) terminal.print(terminal.style('dim', word))
  else terminal.explain(word)
}

/**
 * Says that no call matches, as `explainNone`, and what was probably meant by values that no call has: a misspelt one
 * would match nothing in silence.
 */
export async function explainNoMatch(
  word: string,
  filter: FilterTree,
  reader: Pick<Reader, 'facets'>,
  terminal: Terminal
): Promise<void> {
  explainNone(word, terminal)
  const near = await nearestValues(filter, (field, options) => reader.facets(field, options))
  for (const { asked, nearest } of near) {
    explainNone(`No call has ${asked}; did you mean ${nearest}?`, terminal)
  }
}

/** What was chosen, as a line says it: `user:u-7 since:2h`. */
export function chosenWord(filter: FilterTree): string {
  return filterText(filter)
}

function parseLimit(text: string, most: number): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${most}.`)
}
