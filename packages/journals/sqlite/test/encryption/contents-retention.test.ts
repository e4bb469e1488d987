import type { PolicyDocument } from '@slm-audit/core'
import {
  addHold,
  applyRetention,
  openReader,
  planRetention,
  releaseHold,
  unlockContents
} from '@slm-audit/sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { KeyUse } from '../../src/retain/key-use.ts'
import { freshFile, openLog, runProgram } from '../support.ts'
import { fresh, keysOf, service, signingOf, talk, WORDS } from './contents-support.ts'

const policy: PolicyDocument = {
  retention: { default: 'short', classes: { short: { contents: 'P6M' } } },
  rules: [{ level: 'RequestResponse' }]
}

const monthAt = (month: number): Date => new Date(Date.UTC(2030, month, 15))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(monthAt(0))
})
afterEach(() => {
  vi.useRealTimers()
})

/** Records a call of each user. */
async function recorded(
  { file, contents }: ReturnType<typeof fresh>,
  users: readonly string[]
): Promise<void> {
  const { log, problems } = await openLog({ file, encryption: { contents } }, { policy })
  for (const user of users) {
    const request = { operation: 'chat', provider: 'test', model: 'm', input: WORDS }
    await log.withContext({ user, session: user }, () => log.record(request, async () => 'aye'))
  }
  await log.close()
  expect(problems).toEqual([])
}

async function verified({ file, contents }: ReturnType<typeof fresh>): Promise<void> {
  await using reader = await openReader(file, { encryption: { contents } })
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ unexplained: 0, encryptedContents: 0 })
}

test('retention destroys the keys that nothing is encrypted with any more, and says before how many', async () => {
  const made = fresh()
  await recorded(made, ['u-7', 'u-8'])
  vi.setSystemTime(monthAt(3))
  await recorded(made, ['u-9'])
  const now = monthAt(7)
  expect(await planRetention(made.file, { now })).toMatchObject({ keys: 2 })
  expect(keysOf(made.file)).toEqual([true, true, true])
  const signing = signingOf(made.file)
  expect(await applyRetention(made.file, { now, ...signing })).toMatchObject({ keys: 2 })
  expect(keysOf(made.file)).toEqual([false, false, true])
  await verified(made)
  vi.setSystemTime(now)
  await recorded(made, ['u-7', 'u-8'])
  expect(keysOf(made.file)).toEqual([false, false, true, true, true])
  await verified(made)
  expect(await applyRetention(made.file, { now })).toMatchObject({ keys: 0 })
})

test('a key goes while an application has it in memory: its next call gets another', async () => {
  const { file, contents } = fresh()
  const encryption = { contents: { ...contents, period: 'always' as const } }
  const { log, problems } = await openLog({ file, encryption }, { policy })
  const call = async () => {
    const request = { operation: 'chat', provider: 'test', model: 'm', input: WORDS }
    await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
    await log.flush()
  }
  await call()
  expect(await applyRetention(file, { now: monthAt(7) })).toMatchObject({ keys: 1 })
  vi.setSystemTime(monthAt(7))
  await call()
  await log.close()
  expect(problems).toEqual([])
  expect(keysOf(file)).toEqual([false, true])
  await verified({ file, contents })
})

test('what uses a key is looked for some rows at a time, also among those that are not encrypted', () => {
  const database = openDatabase(freshFile())
  database.exec(`CREATE TABLE content_keys (id INTEGER PRIMARY KEY, wrapped BLOB);
    CREATE TABLE contents (id INTEGER PRIMARY KEY, key INTEGER);
    CREATE TABLE parts (id INTEGER PRIMARY KEY, key INTEGER);
    INSERT INTO content_keys (wrapped) VALUES (x'00'), (x'00');
    INSERT INTO contents (key) VALUES ${'(NULL), '.repeat(600)} (2);`)
  const use = new KeyUse(database)
  expect([use.look(), use.look(), use.look()]).toEqual([true, false, false])
  expect(use.unused()).toEqual([1])
  database.close()
})

test('a hold keeps the keys of what it holds', async () => {
  const made = fresh()
  await recorded(made, ['u-7', 'u-8'])
  const about = { incident: 'INC-7', reason: 'claim', ...signingOf(made.file) }
  await addHold(made.file, { ...about, scope: { user: 'u-7' } })
  const now = monthAt(7)
  expect(await applyRetention(made.file, { now })).toMatchObject({ keys: 1, incidents: ['INC-7'] })
  expect(keysOf(made.file)).toEqual([true, false])
  await verified(made)
  await releaseHold(made.file, { ...about, reason: 'settled' })
  expect(await applyRetention(made.file, { now })).toMatchObject({ keys: 1 })
  expect(keysOf(made.file)).toEqual([false, false])
})

test('the key service is told of keys that went, by whoever can', async () => {
  const { file } = fresh()
  const { keys, asked } = service()
  await recorded({ file, contents: { keys } } as never, ['u-7'])
  const told = () => asked.filter((each) => each.startsWith('destroy k-')).length
  await applyRetention(file, { now: monthAt(7), ...signingOf(file) })
  await talk(file, { keys }, 'u-8', 1)
  expect(told()).toBe(1)
  unlockContents(file, keys)
  await applyRetention(file, { now: monthAt(15) })
  expect(told()).toBe(2)
})

const atOnce: PolicyDocument = {
  retention: { default: 'none', classes: { none: { contents: 'P0D' } } },
  rules: [{ level: 'RequestResponse' }]
}
const OFTEN = { everyHours: 1 / 36_000 }

test('the key service is told of keys that a schedule destroys, while the log is open', async () => {
  vi.useRealTimers()
  const { file } = fresh()
  const { keys, asked } = service()
  const options = { file, encryption: { contents: { keys } }, retention: OFTEN }
  const { log, problems } = await openLog(options, { policy: atOnce })
  const request = { operation: 'chat', provider: 'test', model: 'm', input: WORDS }
  await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
  await log.flush()
  const told = () => asked.filter((each) => each.startsWith('destroy k-')).length
  await expect.poll(told, { timeout: 20_000 }).toBe(1)
  expect(keysOf(file)).toEqual([false])
  await log.close()
  expect(problems).toEqual([])
  await talk(file, { keys }, 'u-8', 1)
  expect(told()).toBe(1)
})

test('a process that is killed while it tells of destroyed keys leaves that to the next opening', async () => {
  const { file } = fresh()
  const keyFile = `${file}.wrapping`
  expect((await runProgram('killed-telling', file, keyFile)).signal).toBe('SIGKILL')
  expect(keysOf(file)).toEqual([false])
  const { keys, asked } = service(keyFile)
  await talk(file, { keys }, 'u-8', 1)
  expect(asked.filter((each) => each.startsWith('destroy k-'))).toHaveLength(1)
})
