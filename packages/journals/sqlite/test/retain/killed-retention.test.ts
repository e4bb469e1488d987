import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PolicyDocument } from '@slm-audit/core'
import { addHold, checkIndex, openReader, planRetention, reindex } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { sealedIn, verdictOn } from '../conversations.ts'
import { freshFile, openLog, runProgram } from '../support.ts'

const policy: PolicyDocument = {
  retention: { default: 'short', classes: { short: { contents: 'P6M', headers: 'P1Y' } } },
  rules: [{ level: 'RequestResponse' }]
}
const LATER = { now: new Date(Date.now() + 2 * 366 * 86_400_000) }

let folder = ''

beforeAll(async () => {
  const file = freshFile()
  folder = dirname(file)
  const { log } = await openLog({ file }, { policy })
  for (let each = 0; each < 200; each++) {
    const request = { operation: 'chat', provider: 'test', model: 'm', input: `oldwords ${each}` }
    await log.withContext({ user: `u-${each}` }, () => log.record(request, async () => 'answer'))
  }
  await log.close()
})

function copyOfLog(): string {
  const copy = mkdtempSync(join(tmpdir(), 'slm-audit-killed-'))
  cpSync(folder, copy, { recursive: true })
  return join(copy, 'audit.db')
}

describe('a run of retention', { timeout: 60_000 }, () => {
  test.each(['begun', 'expiry', 'forgotten', 'pruning', 'merged', 'space'])(
    'that is killed (%s) is finished at the next opening',
    async (step) => {
      const file = copyOfLog()
      expect((await runProgram('killed-retention', file, step)).signal).toBe('SIGKILL')
      expect((await verdictOn(file)).flaw).toBeUndefined()
      const { log, problems } = await openLog({ file })
      const due = () => planRetention(file, LATER)
      await expect
        .poll(due, { timeout: 20_000 })
        .toMatchObject({ expired: { records: 0 }, pruned: { records: 0 } })
      const left = () =>
        readdirSync(dirname(file))
          .filter((name) => /^audit\.db(-wal|-index|-index-wal)?$/.test(name))
          .filter((name) => readFileSync(join(dirname(file), name)).includes('oldwords'))
      await expect.poll(left, { timeout: 20_000 }).toEqual([])
      await log.close()
      expect(problems).toEqual([])
      const verdict = await verdictOn(file)
      expect(verdict.flaw).toBeUndefined()
      // What the log says of itself stays: its opening, its key, its policy.
      expect(verdict.pruned).toBeGreaterThan(250)
      expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
    }
  )

  test('that is killed once the index has forgotten, and must keep calls then, has them found again', async () => {
    const file = copyOfLog()
    await reindex(file)
    expect((await runProgram('killed-retention', file, 'pruning')).signal).toBe('SIGKILL')
    await addHold(file, { incident: 'INC-7', scope: { user: 'u-3' }, reason: 'claim' })
    const { log } = await openLog({ file })
    const isPending = () => {
      const database = new Database(file, { readonly: true })
      const row = database.prepare("SELECT 1 FROM meta WHERE name = 'retaining'").get()
      database.close()
      return row !== undefined
    }
    await expect.poll(isPending, { timeout: 20_000 }).toBe(false)
    await log.close()
    await using reader = await openReader(file)
    expect((await reader.query({ user: 'u-3' })).items).toHaveLength(1)
    expect(await reader.facets('user', { beginning: 'u-3' })).toContainEqual({
      value: 'u-3',
      calls: 1
    })
    const { items } = await reader.query('stage:complete', { limit: 1_000 })
    expect((await reader.stats()).rows[0]?.calls).toBe(items.length)
    expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
  })

  test('on a schedule runs beside the application, which tells where no policy says how long', async () => {
    const file = copyOfLog()
    const often = { everyHours: 1 / 36_000 }
    const short: PolicyDocument = {
      retention: { default: 'none', classes: { none: { contents: 'P0D' } } },
      rules: [{ level: 'RequestResponse' }]
    }
    const { log, problems } = await openLog({ file, retention: often }, { policy: short })
    const absent = () =>
      [...sealedIn(file)].filter(({ contents }) => contents.some(({ body }) => !body)).length
    await expect.poll(absent, { timeout: 20_000 }).toBe(400)
    await log.close()
    expect(problems).toEqual([])
    expect((await verdictOn(file)).flaw).toBeUndefined()
    const other = await openLog({ file: freshFile(), retention: often })
    await expect.poll(() => other.problems[0]?.code, { timeout: 20_000 }).toBe('bad_policy')
    await other.log.close()
  })
})
