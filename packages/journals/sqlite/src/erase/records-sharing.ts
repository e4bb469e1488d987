import { scopeOf } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { type ContentRow, contentColumns, PartReader } from '../store/part-reader.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import type { ScopedRecord } from './erase-scope.ts'

/**
 * Indices of the records that are not among those of an erasure and refer to parts that it takes out:
 * turns of the same conversation. A part never belongs to more than one conversation of one person.
 */
export function recordsSharing(
  database: Database,
  records: readonly ScopedRecord[],
  parts: ReadonlySet<number>
): number[] {
  if (parts.size === 0) return []
  const meant = new Set(records.map(({ idx }) => idx))
  const conversations = new Map<string, Context>()
  for (const { header } of records) {
    const { context } = JSON.parse(header) as { context?: Context }
    const scope = scopeOf({ context })
    if (scope !== undefined && context) conversations.set(scope, context)
  }
  const reader = new PartReader(database)
  const lists = database.prepare(
    `SELECT ${contentColumns(database)} FROM contents WHERE id >= ? AND id < ? AND list IS NOT NULL`
  )
  const shares = (idx: number): boolean => {
    const first = idx * CONTENTS_PER_RECORD
    const rows = lists.all(first, first + CONTENTS_PER_RECORD) as ContentRow[]
    return rows.some((row) => row.list && reader.idsOf(row, row.list).some((id) => parts.has(id)))
  }
  const found: number[] = []
  for (const context of conversations.values()) {
    for (const idx of ofConversation(database, context)) {
      if (!meant.has(idx) && shares(idx)) found.push(idx)
    }
  }
  return found
}

interface Context {
  readonly tenant?: string
  readonly user?: string
  readonly session?: string
  readonly conversation?: string
}

/** The members by which records share parts: those of `scopeOf`. */
function ofConversation(database: Database, context: Context): number[] {
  const { tenant = null, user = null, session, conversation } = context
  const place = session ?? conversation ?? null
  const at = (name: string) => `json_extract(header, '$.context.${name}')`
  const named = [tenant, user, place].flatMap((each) => (each === null ? [] : each))
  const texts = named.map(() => 'instr(header, ?) > 0')
  const equal = [at('tenant'), at('user'), `coalesce(${at('session')}, ${at('conversation')})`]
  const where = [...texts, ...equal.map((each) => `${each} IS ?`)].join(' AND ')
  return database
    .prepare(`SELECT idx FROM records WHERE ${where}`)
    .pluck()
    .all(...named.map((each) => JSON.stringify(each)), tenant, user, place) as number[]
}
