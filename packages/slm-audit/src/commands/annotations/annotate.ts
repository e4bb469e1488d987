import { resolve } from 'node:path'
import { AuditError } from '@slm-audit/core'
import { userName } from '@slm-audit/core/node'
import { type Annotation, annotationText } from '@slm-audit/core/reader'
import { annotateCalls, openReader } from '@slm-audit/sqlite'
import { type Command, InvalidArgumentError } from 'commander'
import { isLogAddress } from '../../base/log-address.ts'
import { visibleJson } from '../../render/columns.ts'
import { cut } from '../../render/words.ts'
import type { Terminal } from '../../terminal.ts'
import { postgresAdmin } from '../admin/admin-of.ts'
import { namedCalls } from '../admin/chosen-scope.ts'
import { signingWith } from '../admin/signing.ts'
import { CALL_HELP } from '../call-id.ts'
import {
  type DatabaseWords,
  existingDatabase,
  existingFile,
  keyOptions,
  openLogReader
} from '../with-reader.ts'

interface Options extends DatabaseWords {
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
  readonly signingKey?: string
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
    .option(
      '-f, --file <path>',
      'the database, or postgres://… (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)'
    )
    .option('--signing-key <path>', 'the key that signs the log (default: <database>.key)')
    .option('--json', 'one JSON document, for programs')
  keyOptions(command).action(async (words: readonly string[], options: Options) => {
    const annotation = annotationOf(options)
    const calls = await callsIn(options, words)
    const indices = await annotateIn(options, calls, annotation)
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

/** Says it in the log that is meant; resolves to the indices of the records. */
async function annotateIn(
  options: Options,
  calls: readonly string[],
  annotation: Annotation
): Promise<readonly number[]> {
  const found = existingFile(options)
  if (isLogAddress(found)) {
    return await (await postgresAdmin(found, options.signingKey)).annotate({ calls, annotation })
  }
  const file = resolve(existingDatabase(options))
  const signing = signingWith(file, options.signingKey)
  return (await annotateCalls(file, { calls, annotation, ...signing })).indices
}

async function callsIn(options: Options, words: readonly string[]): Promise<string[]> {
  // Whoever may say something of a call may find it, which is no reading of what it holds.
  const found = existingFile(options)
  await using reader = isLogAddress(found)
    ? await openLogReader({ file: found })
    : await openReader(resolve(existingDatabase(options)))
  return await namedCalls(reader, words)
}

function addScore(text: string, before: { readonly [name: string]: number } = {}) {
  const [, name, number] = /^([\w.-]+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (name !== undefined) return { ...before, [name]: Number(number) }
  throw new InvalidArgumentError('It takes a name and a number: helpful=0.4.')
}
