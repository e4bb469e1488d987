// The journal as it is where better-sqlite3 is not installed: its locks are of Node's own driver.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshPath } from './support.ts'

process.env.SLM_AUDIT_SQLITE = 'node:sqlite'
const { openLockDatabase } = await import('../src/journal/lock-database.ts')
await import('./conformance.test.ts')

test('a lock of Node’s driver holds off another, and goes with its handle', () => {
  const path = join(freshPath(), '..', 'lock')
  const one = openLockDatabase(path, 0)
  expect(one.constructor.name).toBe('DatabaseSync')
  const other = openLockDatabase(path, 0)
  one.exec('BEGIN EXCLUSIVE')
  expect(() => other.exec('BEGIN EXCLUSIVE')).toThrow('locked')
  one.close()
  other.exec('BEGIN EXCLUSIVE')
  other.close()
})
