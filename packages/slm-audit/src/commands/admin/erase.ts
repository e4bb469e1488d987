import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { AuditError } from '@slm-audit/core'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import type { FilterTree, Reader } from '@slm-audit/core/reader'
import {
  defaultKeyFile,
  type EraseReport,
  type EraseScope,
  eraseContents,
  openReader
} from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { visibleJson } from '../../render/columns.ts'
import { renderErasure } from '../../render/erasure.ts'
import { progressBar } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'
import { CALL_HELP, callId } from '../call-id.ts'
import { choiceOptions, type FilterOptions, isChoice, toFilter } from '../filter.ts'
import { existingDatabase } from '../with-reader.ts'

interface Options extends FilterOptions {
  readonly file?: string
  readonly json?: boolean
  readonly record?: readonly string[]
  readonly query?: string
  readonly reason?: string
  readonly as?: string
  readonly dryRun?: boolean
  readonly keyFile?: string
}

/** What an erasure by its context alone may name: the evidence itself is asked then. */
const OF_CONTEXT: readonly string[] = ['user', 'session', 'tenant']

/** `slm-audit erase`: takes contents out for good. */
export function addErase(program: Command, terminal: Terminal): void {
  const command = program
    .command('erase')
    .description('takes contents of calls out for good; headers and every proof stay valid')
    .option('--record <call...>', CALL_HELP)
    .option('--query <words>', 'calls whose texts hold all the words')
    .option('--reason <text>', 'why; it is kept with the record of the erasure')
    .option('--as <name>', 'who asks for it (default: the user of the operating system)')
    .option('--dry-run', 'says what would be erased, and erases nothing')
    .option('-f, --file <path>', 'the database (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)')
    .option('--key-file <path>', 'the key that signs the log (default: <database>.key)')
    .option('--json', 'one JSON value, for programs')
    .option('--utc', 'times meant in UTC, not by the clock here')
  choiceOptions(command).action(async (words: string[], options: Options) => {
    const file = resolve(existingDatabase(options.file === undefined ? {} : { file: options.file }))
    const { scope, scopeName } = await scopeOf(toFilter(words, options), options, file)
    const isDone = options.dryRun !== true
    const report = await eraseContents(file, {
      scope,
      scopeName,
      reason: options.reason ?? 'not said',
      by: options.as ?? userInfo().username,
      dryRun: !isDone,
      ...signing(file, options),
      onProgress: (done, of) => terminal.progress(progressBar(done, of))
    })
    terminal.progress('')
    print(report, isDone, options, terminal)
  })
}

function print(report: EraseReport, isDone: boolean, options: Options, terminal: Terminal): void {
  if (options.json) terminal.print(visibleJson({ ...report, isDone }))
  else terminal.print(renderErasure(report, isDone, terminal))
}

/** The key file, where there is one; a key that is elsewhere signs when the application signs next. */
function signing(file: string, { keyFile = defaultKeyFile(file) }: Options) {
  if (!existsSync(keyFile)) return {}
  return { keyFile, signer: privateKeySigner(readKeyFile(keyFile)) }
}

async function scopeOf(
  filter: FilterTree,
  options: Options,
  file: string
): Promise<{ readonly scope: EraseScope; readonly scopeName: string }> {
  const { record = [], query } = options
  if (record.length === 0 && query === undefined && !isChoice(filter)) {
    throw new AuditError(
      'bad_option',
      'erase takes --user, --session, --record, --query or another choice of calls; see slm-audit erase --help'
    )
  }
  const context = contextOf(filter)
  if (record.length === 0 && query === undefined && context) {
    return { scope: context as EraseScope, scopeName: Object.keys(context).join('+') }
  }
  if (record.length > 0 && (query !== undefined || isChoice(filter))) {
    throw new AuditError('bad_option', '--record names calls; leave the other choices out')
  }
  await using reader = await openReader(file)
  const calls =
    record.length > 0 ? await named(reader, record) : await matching(reader, query, filter)
  return { scope: { calls }, scopeName: record.length > 0 ? 'call' : 'query' }
}

/** The members of the context that a filter names, where it says nothing else. */
function contextOf(filter: FilterTree): { readonly [name: string]: string } | undefined {
  const context: { [name: string]: string } = {}
  for (const test of filter.is === 'all' ? filter.of : [filter]) {
    if (test.is !== 'text' || !OF_CONTEXT.includes(test.field)) return undefined
    const [first, ...others] = test.values
    if (!first || first.isPattern || others.length > 0 || test.field in context) return undefined
    context[test.field] = first.value
  }
  return context
}

async function named(reader: Reader, words: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const word of words) {
    const call = await reader.get(await callId(word, reader))
    if (!call) throw new AuditError('not_found', `there is no call ${word}`)
    ids.push(call.auditId)
  }
  return ids
}

async function matching(
  reader: Reader,
  query: string | undefined,
  filter: FilterTree
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = { limit: 1_000, complete: true, ...(cursor !== undefined && { cursor }) }
    const found = await (query === undefined
      ? reader.query(filter, page)
      : reader.search(query, filter, page))
    for (const { auditId } of found.items) ids.push(auditId)
    cursor = found.cursor
  } while (cursor !== undefined)
  return ids
}
