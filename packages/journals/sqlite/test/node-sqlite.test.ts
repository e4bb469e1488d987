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
