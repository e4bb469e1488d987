import { copyFileSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inflateSync } from 'node:zlib'
import type { PolicyDocument } from '@slm-audit/core'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { annotateCalls, openReader } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { callsIn, request, sealedIn, turnsOf } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

const policy: PolicyDocument = {
  retention: { default: 'short', classes: { short: { contents: 'P6M', headers: 'P1Y' } } },
  rules: [{ level: 'RequestResponse' }]
}

/**
 * A log with two conversations of thirty turns, a hundred calls of as many people, one of them large, and an
 * annotation of the first call.
 */
export async function variedLog(): Promise<string> {
  const file = freshFile()
  const { log } = await openLog({ file }, { policy })
  for (const user of ['alice', 'bob']) {
    for (const input of turnsOf(30)) {
      const said = input.map(({ role, content }) => ({ role, content: `${user} ${content}` }))
      await log.withContext({ user, session: user }, () =>
        log.record({ ...request, input: said }, async () => `${user}answer`)
      )
    }
  }
  for (let each = 0; each < 100; each++) {
    const input = each === 50 ? 'large '.repeat(20_000) : `question ${each}`
    await log.withContext({ user: `u-${each}` }, () =>
      log.record({ ...request, input }, async () => ({ text: `oldwords ${each}` }))
    )
  }
  await log.close()
  const [first] = await callsIn(file)
  const calls = [first?.auditId ?? '']
  await annotateCalls(file, { calls, annotation: { score: { helpful: 0.4 } }, ...signingOf(file) })
  return file
}

/** What signs a log that lies beside its key. */
export function signingOf(file: string) {
  const keyFile = `${file}.key`
  return { signer: privateKeySigner(readKeyFile(keyFile)), keyFile }
}

/** A copy of a log, its key and its index. */
export function copyOf(file: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'slm-audit-cold-')), 'audit.db')
  for (const name of readdirSync(dirname(file))) {
    if (/^audit\.db(\.key|-index)?/.test(name))
      copyFileSync(join(dirname(file), name), join(dirname(copy), name))
  }
  return copy
}

/** All that a log says, record by record. */
export const allIn = (file: string) => [...sealedIn(file)]

/** Runs what only somebody can who takes the guards away. */
export function changed(file: string, sql: string): void {
  const database = new Database(file)
  const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
  for (const name of triggers.pluck().all()) database.exec(`DROP TRIGGER ${name}`)
  database.exec(sql)
  database.close()
}

/** What stands in all files of a log, blocks unpacked. */
export function bytesOf(file: string): string {
  const database = new Database(file, { readonly: true })
  const blocks = database.prepare('SELECT bytes FROM blocks').pluck().all() as Buffer[]
  database.close()
  const files = readdirSync(dirname(file)).filter((name) => !name.endsWith('.key'))
  const plain = files.map((name) => readFileSync(join(dirname(file), name), 'latin1'))
  return [...plain, ...blocks.map((each) => inflateSync(each).toString('latin1'))].join('\n')
}

/** Bytes of all values of a column. */
export function bytesIn(file: string, table: string, column: string): number {
  const database = new Database(file, { readonly: true })
  const sum = database.prepare(`SELECT coalesce(sum(length(${column})), 0) FROM ${table}`).pluck()
  const bytes = Number(sum.get())
  database.close()
  return bytes
}

/** All that is encrypted by subject, as it is stored. */
export function encryptedIn(file: string): unknown[] {
  const database = new Database(file, { readonly: true })
  const rows = database
    .prepare(
      `SELECT id, body, key, block FROM contents WHERE key > 0
        UNION ALL SELECT id, body, key, block FROM parts WHERE key > 0`
    )
    .all()
  database.close()
  return rows
}

/** The triggers of a log, with their SQL. */
export function triggersIn(file: string): unknown[] {
  const database = new Database(file, { readonly: true })
  const found = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
    .all()
  database.close()
  return found
}

/** All calls of a log as a reader gives them, oldest first. */
export async function allCalls(file: string) {
  await using reader = await openReader(file)
  const { items } = await reader.query({}, { limit: 1_000 })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.reverse()
}
