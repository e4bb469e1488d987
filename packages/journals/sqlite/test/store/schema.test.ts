import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Database } from '../../src/driver/database.ts'
import { openDatabase } from '../../src/driver/driver.ts'
import { checkFormat, migrate } from '../../src/store/schema.ts'

test('a log that another process begins while its form is looked at is no strange database', () => {
  for (const step of [1, 2, 3]) {
    const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-schema-')), 'audit.db')
    const mine = openDatabase(file, { timeoutMs: 1_000 })
    const other = openDatabase(file, { timeoutMs: 1_000 })
    const looked = interruptedAt(step, mine, () => migrate(other, file, 'test.example'))
    expect(() => checkFormat(looked, file), `begun after look ${step}`).not.toThrow()
    migrate(mine, file, 'test.example')
    mine.close()
    other.close()
  }
})

/** A database that another process changes behind the look at it of this number. */
function interruptedAt(step: number, database: Database, change: () => void): Database {
  let looks = 0
  const looked = <T>(value: T): T => {
    if (++looks === step) change()
    return value
  }
  return new Proxy(database, {
    get(target, name) {
      if (name === 'pragma') {
        return (...args: Parameters<Database['pragma']>) => looked(target.pragma(...args))
      }
      if (name === 'prepare') {
        return (sql: string) => ({
          pluck: () => ({ get: () => looked(target.prepare(sql).pluck().get()) })
        })
      }
      return Reflect.get(target, name, target)
    }
  })
}
