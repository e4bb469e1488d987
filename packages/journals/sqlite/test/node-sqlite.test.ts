// The journal as it is where better-sqlite3 is not installed: on Node's own driver, in all of its threads.
import { expect, test } from 'vitest'

process.env.SLM_AUDIT_SQLITE = 'node:sqlite'
const { openDatabase } = await import('../src/driver/driver.ts')
await import('./conformance.test.ts')

test('the driver is that of Node', () => {
  const database = openDatabase(':memory:')
  expect(database.constructor.name).toBe('NodeDatabase')
  database.close()
})

test('a reader that stops in the middle of its rows leaves no table locked', () => {
  const database = openDatabase(':memory:')
  database.exec('CREATE TABLE numbers (n); INSERT INTO numbers VALUES (1), (2), (3)')
  for (const row of database.prepare('SELECT n FROM numbers').pluck().iterate()) {
    expect(row).toBe(1)
    break
  }
  database.exec('DROP TABLE numbers')
  database.close()
})
