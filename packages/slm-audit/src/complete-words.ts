import {
  completeFilter,
  type FacetCount,
  fieldNamed,
  type Reader,
  STATS_DIMENSIONS,
  TEXT_FIELDS
} from '@slm-audit/core/reader'
import { Command, type Option } from 'commander'
import { withReader } from './commands/with-reader.ts'
import { COMMANDS } from './commands.ts'
import { addProgramOptions } from './export/program-output.ts'
import { visible } from './render/columns.ts'
import type { Terminal } from './terminal.ts'

/** What can be typed next on the line of a shell. */
interface Candidate {
  readonly text: string
  readonly about: string
}

/**
 * `slm-audit complete`: what can be typed next, for shells, which ask while a command is typed
 * (`slm-audit completion`).
 *
 * @param words The words behind `slm-audit`, up to the cursor.
 */
export async function completeWords(words: readonly string[], terminal: Terminal): Promise<void> {
  for (const { text, about } of await candidatesFor(words)) {
    if (isTyped(text)) terminal.write(`${text}\t${about.replace(/\s+/g, ' ')}\n`)
  }
}

/** Whether a text can be typed: a shell takes a line for each, and shows what stands in it to its terminal. */
function isTyped(text: string): boolean {
  return visible(text) === text && !text.includes('\n')
}

async function candidatesFor(words: readonly string[]): Promise<Candidate[]> {
  const [name = '', ...rest] = words[0] === 'help' ? words.slice(1) : words
  if (words.length === 1 && name.startsWith('-')) return choicesOf(['--help', '--version'], name)
  if (rest.length === 0) {
    const all = await Promise.all(Object.keys(COMMANDS).map(commandNamed))
    const help = words.length === 1 ? choicesOf(['help'], name) : []
    return [
      ...namesOf(
        all.filter((command) => command !== undefined),
        name
      ),
      ...help
    ]
  }
  const command = await commandNamed(name)
  if (!command) return []
  const typed = rest.at(-1) ?? ''
  const inner = rest.length > 1 && command.commands.find((each) => each.name() === rest[0])
  const [, long, value] = /^(--[a-z-]+)=(.*)$/s.exec(typed) ?? []
  if (long !== undefined && value !== undefined) {
    const found = await candidatesFor([name, ...rest.slice(0, -1), long, value])
    return found.map(({ text, about }) => ({ text: `${long}=${text}`, about }))
  }
  if (typed.startsWith('-') && !typed.includes(':')) return optionsOf(inner || command, typed)
  if (rest.length === 1 && command.commands.length > 0) return namesOf(command.commands, typed)
  const { registeredArguments: takes, options } = inner || command
  const takesFilter = takes.some((argument) => argument.name() === 'filter')
  const before = rest.at(-2)
  const option = options.find(
    ({ long, short, required }) =>
      required && before !== undefined && [long, short].includes(before)
  )
  if (option) return optionValues(option, typed, takesFilter ? fileIn(rest) : null)
  if (takesFilter) return filterWords(typed, fileIn(rest))
  if (takes.some((argument) => argument.name() === 'call')) return callsOf(typed, fileIn(rest))
  if (isBehindAnother(rest.slice(0, -1), inner || command)) return []
  const [first] = takes
  if (first?.name() === 'session') return valuesOf('session', typed, fileIn(rest))
  return choicesOf(first?.argChoices ?? [], typed)
}

/** Whether an argument stands among words already; what options take is none. */
function isBehindAnother(words: readonly string[], { options }: Command): boolean {
  const takesValue = (word: string | undefined) =>
    options.some(({ long, short, required }) => required && [long, short].includes(word))
  return words.some((word, at) => !word.startsWith('-') && !takesValue(words[at - 1]))
}

/** What an option takes, where that is known: else a shell offers files. `file` is the log that a filter is of; null for no filter. */
async function optionValues(
  { argChoices, flags, long }: Option,
  typed: string,
  file: string | undefined | null
): Promise<Candidate[]> {
  if (argChoices) return choicesOf(argChoices, typed)
  if (flags.endsWith('<field>')) return choicesOf(TEXT_FIELDS, typed)
  if (flags.endsWith('<dimensions>')) return listOf(STATS_DIMENSIONS, typed)
  const field = fieldNamed(long?.slice(2) ?? '')
  const isText = TEXT_FIELDS.some((each) => each === field)
  return isText && field !== undefined && file !== null ? valuesOf(field, typed, file) : []
}

function choicesOf(choices: readonly string[], typed: string): Candidate[] {
  return choices.filter((each) => each.startsWith(typed)).map((text) => ({ text, about: '' }))
}

/** The values of a field in a log, as they stand; those that a filter has in quotes are left out. */
async function valuesOf(
  field: string,
  typed: string,
  file: string | undefined
): Promise<Candidate[]> {
  const begin = `${field}:`
  const words = await filterWords(`${begin}${typed}`, file)
  return words.map(({ text, about }) => ({ text: unquoted(text.slice(begin.length)), about }))
}

/** A value of the filter language as it is. */
function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text
}

/** What a list with commas between goes on with. */
function listOf(choices: readonly string[], typed: string): Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1)
  return choicesOf(choices, typed.slice(before.length)).map(({ text, about }) => ({
    text: before + text,
    about
  }))
}

/** The newest calls by their numbers, as far as one is typed. */
async function callsOf(typed: string, file: string | undefined): Promise<Candidate[]> {
  const options = { ...(file !== undefined && { file }), view: 'none' } as const
  const newest = await withReader(options, async (reader) => {
    return (await reader.query('', { limit: NEWEST })).items
  }).catch(() => [])
  const numbers = newest.flatMap(({ index, stage, model, user }) =>
    index === undefined
      ? []
      : [{ text: `${index}`, about: [stage, model, user].filter(Boolean).join(' ') }]
  )
  return [{ text: 'last', about: 'the newest call' }, ...numbers].filter(({ text }) =>
    text.startsWith(typed)
  )
}

function namesOf(commands: readonly Command[], typed: string): Candidate[] {
  return commands
    .filter((command) => command.name().startsWith(typed))
    .map((command) => ({ text: command.name(), about: command.description() }))
}

/** A command with its arguments and options, made for nothing else. */
async function commandNamed(name: string): Promise<Command | undefined> {
  if (!Object.hasOwn(COMMANDS, name)) return undefined
  const program = new Command()
  ;(await COMMANDS[name]?.())?.(program, NOWHERE, () => undefined)
  addProgramOptions(program)
  return program.commands[0]
}

function optionsOf(command: Command, typed: string): Candidate[] {
  return command.options
    .flatMap(({ long, description }) => (long ? [{ text: long, about: description }] : []))
    .filter(({ text }) => text.startsWith(typed))
}

async function filterWords(typed: string, file: string | undefined): Promise<Candidate[]> {
  const options = file === undefined ? {} : { file }
  try {
    return await withReader(options, (reader) =>
      wordsBy(typed, (field, asked) =>
        field === 'session' ? sessionsIn(reader, asked.beginning) : reader.facets(field, asked)
      )
    )
  } catch {
    // Without a log that can be read there are names, and no values.
    return await wordsBy(typed, async () => [])
  }
}

/** The newest sessions that begin so: they are not counted as values of other fields are. */
async function sessionsIn(reader: Reader, beginning: string): Promise<FacetCount[]> {
  const isWord = /^[\p{L}\p{N}_.-]+$/u.test(beginning)
  const { items } = await reader.sessions(isWord ? `session:${beginning}*` : '', { limit: NEWEST })
  return items
    .map(({ session, stepCount }) => ({ value: session, calls: stepCount }))
    .filter(({ value }) => value.startsWith(beginning))
}

async function wordsBy(
  typed: string,
  facets: Parameters<typeof completeFilter>[1]
): Promise<Candidate[]> {
  const { from, items } = await completeFilter(typed, facets)
  return items.map(({ text, about }) => ({ text: typed.slice(0, from) + text, about }))
}

function fileIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '-f' || word === '--file')
  return at < 0 ? undefined : words[at + 1]
}

/** Sessions and calls that are offered. */
const NEWEST = 20

const NOWHERE: Terminal = {
  width: 80,
  isInteractive: false,
  isGone: false,
  print: () => undefined,
  write: () => undefined,
  explain: () => undefined,
  progress: () => undefined,
  style: (_, text) => text
}
