import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PostgresJournalOptions, postgresJournal } from '@slm-audit/postgres'
import type { TestServer } from './server.ts'

let count = 0

/** A place for a log of a test's own: a schema, and a folder on this machine. */
export function freshPlace(server: TestServer) {
  const schema = `log_${process.pid}_${++count}`
  const folder = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'not', 'there', 'yet')
  return { url: server.url, schema, folder }
}

/** A journal with options that tests share. */
export function openJournal(
  place: ReturnType<typeof freshPlace>,
  more: Partial<PostgresJournalOptions> = {}
) {
  return postgresJournal({ ...place, origin: 'example.com/audit', ...more })
}
