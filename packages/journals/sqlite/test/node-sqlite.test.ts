// The journal as it is where better-sqlite3 is not installed: on Node's own driver, in all of its threads.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

process.env.SLM_AUDIT_SQLITE = 'node:sqlite'
const { openDatabase } = await import('../src/driver/driver.ts')
await import('./conformance.test.ts')
const { freshFile } = await import('./support.ts')

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

test.each([
  ['--disallow-code-generation-from-strings', 0, /^$/],
  ['--permission', 1, /AuditError: the thread of the journal cannot be started .*--allow-worker/]
])('what runs with %s opens a log on it, or is told why not', (flag, status, says) => {
  const program = new URL('./programs/calls.ts', import.meta.url).pathname
  const { SLM_AUDIT_SQLITE: _, ...env } = process.env
  // better-sqlite3 makes code of texts to read rows, and is an addon.
  const may = flag === '--permission' ? ['--allow-fs-read=*', '--allow-fs-write=*'] : []
  const flags = [flag, ...may, program, freshFile(), 'process', '2']
  const ran = spawnSync(process.execPath, flags, { env, encoding: 'utf8' })
  expect([ran.stderr, ran.status]).toEqual([expect.stringMatching(says), status])
})
