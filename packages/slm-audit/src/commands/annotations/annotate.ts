import { userName } from '@slm-audit/core/node'
import { type Annotation, AuditError, annotationText } from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError } from 'commander'
import { visibleJson } from '../../render/columns.ts'
import { cut } from '../../render/words.ts'
import type { Terminal } from '../../terminal.ts'
import { adminBeside, type BesideWords, identityOption, logOption } from '../admin/admin-of.ts'
import { namedCalls } from '../admin/chosen-scope.ts'
import { CALL_HELP } from '../call-id.ts'
import { keyOptions, openLogReader } from '../with-reader.ts'

interface Options extends BesideWords {
  readonly json?: boolean
  readonly feedback?: string
  readonly review?: string
  readonly score?: { readonly [name: string]: number }
  readonly evaluation?: string
  readonly incident?: string
  readonly ticket?: string
  readonly label?: string
  readonly correction?: string
  readonly note?: string
  readonly by?: string
}

const SAID = [
  ...['feedback', 'review', 'score', 'evaluation', 'incident', 'ticket'],
  ...['label', 'correction', 'note']
] as const

/** `slm-audit annotate`: says something of calls, in records of their own. */
export function addAnnotate(program: Command, terminal: Terminal): void {
  const command = program
    .command('annotate')
    .description('says something of calls: feedback, a review, a score, an incident, a note')
    .argument('<call...>', CALL_HELP)
    .option('--feedback <word>', 'up, down, a number, or words')
    .option('--review <verdict>', 'approved, rejected, …')
    .option('--score <name=number>', 'a score, as helpful=0.4; may be given again', addScore)
    .option('--evaluation <result>', 'passed, failed, …')
    .option('--incident <id>', 'an incident that they belong to')
    .option('--ticket <id>', 'a ticket about them')
    .option('--label <word>', 'a word to sort them by')
    .option('--correction <text>', 'what the answer should have been')
    .option('--note <text>', 'anything in words')
    .option('--by <name>', 'who says so (default: the user of the operating system)')
    .option('--signing-key <path>', 'the key that signs the log (default: <database>.key)')
    .option('--json', 'one JSON document, for programs')
  const named = logOption(command)
  keyOptions(identityOption(named)).action(async (words: readonly string[], options: Options) => {
    const annotation = annotationOf(options)
    const { admin } = await adminBeside(options)
    const calls = await callsIn(options, words)
    const { indices } = await admin.annotate({ calls, annotation })
    if (options.json) terminal.print(visibleJson({ calls, indices, annotation }))
    else {
      const { by: _, ...says } = annotation
      const what = calls.length === 1 ? `call ${words[0]}` : `${calls.length} calls`
      const line = `${what}: ${annotationText(says)}`
      terminal.print(terminal.style('green', '✓ ') + cut(line, terminal.width - 2))
    }
  })
}

function annotationOf(options: Options): Annotation {
  const said = SAID.flatMap((name) => {
    const value = options[name]
    if (value === '') throw new AuditError('bad_option', `--${name} is empty; say something`)
    return value === undefined ? [] : [[name, numberOr(name, value)] as const]
  })
  if (said.length > 0) {
    return { ...Object.fromEntries(said), by: options.by ?? userName() }
  }
  throw new AuditError(
    'bad_option',
    `annotate says something of a call: give ${SAID.map((name) => `--${name}`).join(', ')}`
  )
}

/** Feedback in stars is a number. */
function numberOr(name: string, value: unknown): unknown {
  const isNumber = name === 'feedback' && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)
  return isNumber ? Number(value) : value
}

async function callsIn(options: Options, words: readonly string[]): Promise<string[]> {
  // Whoever may say something of a call may find it, which is no reading of what it holds.
  await using reader = await openLogReader(options)
  return await namedCalls(reader, words)
}

function addScore(text: string, before: { readonly [name: string]: number } = {}) {
  const [, name, number] = /^([\w.-]+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (name !== undefined) return { ...before, [name]: Number(number) }
  throw new InvalidArgumentError('It takes a name and a number: helpful=0.4.')
}
