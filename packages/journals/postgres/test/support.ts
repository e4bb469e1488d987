import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  openPostgresAdmin,
  type PostgresJournalOptions,
  postgresJournal
} from '@slm-audit/postgres'
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

/** Who looks after a log, and has its key. */
export function adminOf(place: ReturnType<typeof freshPlace>) {
  const keyFile = join(place.folder, 'log.key')
  return openPostgresAdmin(place, { keyFile, signer: privateKeySigner(readKeyFile(keyFile)) })
}
