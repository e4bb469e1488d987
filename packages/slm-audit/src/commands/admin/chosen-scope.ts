import type { RecordScope } from '@slm-audit/core/journal'
import {
  AuditError,
  bothOf,
  type FilterTree,
  parseFilter,
  type Reader
} from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { CALL_HELP, callId } from '../call-id.ts'
import { choiceOptions, type FilterOptions, isChoice, toFilter } from '../filter.ts'
import { openLogReader } from '../with-reader.ts'
import type { AdminWords } from './admin-of.ts'

/** Options that say which calls an erasure or a hold means. */
export interface ScopeOptions extends FilterOptions {
  readonly record?: readonly string[]
  readonly query?: string
  /** Who asks, and why. */
  readonly as?: string
  readonly reason?: string
}

/** Which calls are meant, and the word for what was named. */
export interface ChosenScope {
  readonly scope: RecordScope
  readonly scopeName: string
}

/** What an erasure or a hold by its context alone may name: the evidence itself is asked then. */
const OF_CONTEXT: readonly string[] = ['user', 'session', 'tenant']

/** Adds the options that say which calls are meant. */
export function scopeOptions(command: Command): Command {
  return choiceOptions(
    command
      .option('--record <call...>', CALL_HELP)
      .option('--query <filter>', 'calls by a filter: refund model:gpt-5 (docs/guide/filters.md)')
  )
}

/**
 * The calls that words and options mean. Rejects with AuditError `bad_option` where they mean all calls or
 * contradict each other, `not_found` for a call that the log does not have.
 */
export async function chosenScope(
  command: string,
  words: readonly string[],
  options: ScopeOptions & Pick<AdminWords, 'file' | 'identity'>
): Promise<ChosenScope> {
  const { record = [] } = options
  const filter = chosenFilter(words, options)
  if (record.length === 0 && !isChoice(filter)) {
    throw new AuditError(
      'bad_option',
      `${command} takes --user, --session, --record, --query or another choice of calls; see slm-audit ${command} --help`
    )
  }
  if (record.length > 0 && isChoice(filter)) {
    throw new AuditError('bad_option', '--record names calls; leave the other choices out')
  }
  const context = record.length === 0 ? contextOf(filter) : undefined
  if (context) return { scope: context as RecordScope, scopeName: Object.keys(context).join('+') }
  await using reader = await openChosen(options)
  const calls =
    record.length > 0 ? await namedCalls(reader, record) : await matchingCalls(reader, filter)
  return { scope: { calls }, scopeName: record.length > 0 ? 'call' : 'query' }
}

/** A reader of the log; `--key-file` of these commands is the key that signs it, and none that opens it. */
export async function openChosen({
  file,
  identity,
  as,
  reason
}: Pick<ScopeOptions, 'as' | 'reason'> & Pick<AdminWords, 'file' | 'identity'>): Promise<Reader> {
  return await openLogReader({
    ...(file !== undefined && { file }),
    ...(identity !== undefined && { identity }),
    ...(as !== undefined && { as }),
    ...(reason !== undefined && { reason })
  })
}

/** The filter that words and options mean, `--query` among them. Throws AuditError `bad_query`. */
export function chosenFilter(words: readonly string[], options: ScopeOptions): FilterTree {
  const { query, utc } = options
  const given = toFilter(words, options)
  return query === undefined ? given : bothOf(given, parseFilter(query, utc ? 'utc' : 'local'))
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

/** The auditIds of calls that words name, each once. Rejects with AuditError `not_found`. */
export async function namedCalls(reader: Reader, words: readonly string[]): Promise<string[]> {
  const ids = new Set<string>()
  for (const word of words) {
    const call = await reader.get(await callId(word, reader))
    if (!call) {
      const message = `there is no call ${word}; slm-audit list shows the newest`
      throw new AuditError('not_found', message)
    }
    ids.add(call.auditId)
  }
  return [...ids]
}

/** The auditIds of all calls that a filter means, newest first. */
export async function matchingCalls(reader: Reader, filter: FilterTree): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = { limit: 1_000, complete: true, ...(cursor !== undefined && { cursor }) }
    const found = await reader.query(filter, page)
    for (const { auditId } of found.items) ids.push(auditId)
    cursor = found.cursor
  } while (cursor !== undefined)
  return ids
}
