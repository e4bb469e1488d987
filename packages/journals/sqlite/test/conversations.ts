import { createHash } from 'node:crypto'
import type { AuditContext } from '@slm-audit/core'
import { parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import type { AuditedCall } from '@slm-audit/core/reader'
import { openReader, openSealedLog } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { freshFile, openLog } from './support.ts'

export const request = { operation: 'chat', provider: 'test', model: 'm' }

export type Message = { readonly role: string; readonly content: string }

/** Some words that are like no others. */
export const words = (turn: number, who: string) =>
  Array.from({ length: 60 }, (_, at) => `${who}${(turn * 7919 + at * 104_729) % 99_991}`).join(' ')

/** The requests of a chat, each with the whole history, as chat clients send them. */
export function turnsOf(count: number): Message[][] {
  const history: Message[] = [{ role: 'system', content: words(0, 'system') }]
  return Array.from({ length: count }, (_, turn) => {
    history.push({ role: 'user', content: words(turn, 'user') })
    const asked = [...history]
    history.push({ role: 'assistant', content: words(turn, 'answer') })
    return asked
  })
}

/** Records calls with these inputs in one session of a new log. */
export async function recorded(
  inputs: readonly unknown[],
  context: AuditContext = { session: 's' }
) {
  const file = freshFile()
  const { log } = await openLog({ file })
  for (const input of inputs) {
    await log.withContext(context, () => log.record({ ...request, input }, async () => 'answer'))
  }
  await log.close()
  return file
}

export async function callsIn(file: string): Promise<AuditedCall[]> {
  await using reader = await openReader(file)
  const { items } = await reader.query({ kind: 'call' }, { limit: 1_000 })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.filter((call) => call !== undefined).reverse()
}

export async function verdictOn(file: string) {
  await using reader = await openReader(file)
  return reader.verify()
}

/** Bytes of all rows of contents and parts. */
export function bytesIn(file: string): number {
  const database = new Database(file, { readonly: true })
  const size = database
    .prepare(
      `SELECT (SELECT sum(length(salt) + coalesce(length(body), 0)) FROM parts)
        + (SELECT sum(length(salt) + coalesce(length(body), 0) + coalesce(length(list), 0)) FROM contents)`
    )
    .pluck()
    .get()
  database.close()
  return Number(size)
}

export function* sealedIn(file: string): Generator<SealedRecord> {
  using log = openSealedLog(file)
  yield* log.records()
}

/** What the header of each record says of its contents, as text. */
export async function commitmentsIn(file: string): Promise<string[]> {
  return [...sealedIn(file)].map((each) => JSON.stringify(parseRecord(each).log.contents))
}

/** Changes rows as only somebody can who takes the guards away. */
export function unguarded(file: string, change: (database: Database.Database) => void): void {
  const database = new Database(file)
  database.pragma('secure_delete = ON')
  database.exec('DROP TRIGGER parts_no_update; DROP TRIGGER parts_no_delete')
  change(database)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}

/** Takes the bytes and the salt of the part with these words, and leaves its commitment. */
export function erase(file: string, text: string): void {
  unguarded(file, (database) => {
    const rows = database
      .prepare('SELECT id, salt, body FROM parts WHERE instr(body, CAST(? AS BLOB)) > 0')
      .all(text) as { id: number; salt: Buffer; body: Buffer }[]
    expect(rows.length).toBe(1)
    for (const { id, salt, body } of rows) {
      const commitment = createHash('sha256').update(salt).update(body).digest()
      database.prepare('UPDATE parts SET salt = ?, body = NULL WHERE id = ?').run(commitment, id)
    }
  })
}

/** The messages of an input. */
export function parts(input: unknown): readonly unknown[] {
  return Array.isArray(input) ? input : ((input as { messages: unknown[] }).messages ?? [])
}

export function rowsIn(file: string, table: string): number {
  const database = new Database(file, { readonly: true })
  const rows = database.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
  database.close()
  return Number(rows)
}
