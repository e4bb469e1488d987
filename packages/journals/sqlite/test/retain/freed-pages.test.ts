import { readFileSync } from 'node:fs'
import type { PolicyDocument } from '@slm-audit/core'
import { retentionOf } from '@slm-audit/core/journal'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { retaining } from '../../src/retain/retaining.ts'
import { openForWriting } from '../../src/store/open-database.ts'
import { Writer } from '../../src/store/writer.ts'
import { recorded } from '../conversations.ts'

const policy: PolicyDocument = {
  retention: { default: 'none', classes: { none: { contents: 'P0D', headers: 'P1Y' } } },
  rules: [{ level: 'RequestResponse' }]
}

test('a log that gives no space back is wiped to the end while it is compressed as well', async () => {
  const file = await recorded(Array.from({ length: 150 }, (_, at) => `goes${at} `.repeat(3_000)))
  // As versions made it that did not give space back.
  const early = new Database(file)
  early.pragma('secure_delete = FAST')
  early.exec('PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM')
  early.close()
  const database = openForWriting(file, 'process', '')
  const known = retentionOf(policy)
  if (!known) throw new Error('the policy says nothing of retention')
  const { steps, report } = retaining(database, file, new Writer(database, 'w'), {
    ...known,
    now: Date.now() + 1_000
  })
  for (const _ of steps) {
    // Compressing, on the same handle, ends as it began.
    database.pragma('secure_delete = FAST')
  }
  database.close()
  expect(report().expired.records).toBeGreaterThan(100)
  expect(/goes\d+ goes/.test(readFileSync(file, 'latin1'))).toBe(false)
})
