import { addHold, eraseContents, openReader, releaseHold } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openLog, runProgram } from '../support.ts'
import {
  copyOf,
  filesWith,
  fresh,
  keysOf,
  service,
  signingOf,
  talk,
  WORDS
} from './contents-support.ts'

describe('the erasure of a subject', () => {
  const reason = 'asked for'

  test('destroys its keys, so that copies cannot be read; those of others go on', async () => {
    const { file, contents } = fresh()
    await talk(file, contents)
    await talk(file, contents, 'u-8')
    const copy = copyOf(file)
    const plan = await eraseContents(file, { scope: { user: 'u-7' }, reason, dryRun: true })
    expect(plan).toMatchObject({ calls: 2, keys: 1 })
    expect(keysOf(file)).toEqual([true, true])
    const report = await eraseContents(file, { scope: { user: 'u-7' }, reason })
    expect(report).toMatchObject({ calls: 2, keys: 1 })
    expect(keysOf(file)).toEqual([false, true])
    await using reader = await openReader(file, { encryption: { contents } })
    const verified = await reader.verify()
    expect(verified.flaw).toBeUndefined()
    expect(verified).toMatchObject({ unexplained: 0, encryptedContents: 0 })
    const { items } = await reader.query({ user: 'u-8' })
    expect(JSON.stringify(await reader.get(items[0]?.auditId ?? ''))).toContain('quetzalcoatl')
    // What stands in an older copy is as the log has it now: without the key nothing opens it.
    const database = new Database(copy)
    const wrapped = database
      .prepare('SELECT hex(wrapped) FROM content_keys WHERE id = 1')
      .pluck()
      .get()
    expect(filesWith(file, Buffer.from(String(wrapped), 'hex'))).toEqual([])
    database.close()
  })

  test('gives its next call a new key, also in an application that runs', async () => {
    const { file, contents } = fresh()
    const { log, problems } = await openLog({ file, encryption: { contents } })
    const call = () =>
      log.withContext({ user: 'u-7' }, () =>
        log.record({ operation: 'chat', provider: 'test', input: WORDS }, async () => 'aye')
      )
    await call()
    await log.flush()
    expect(await eraseContents(file, { scope: { user: 'u-7' }, reason })).toMatchObject({ keys: 1 })
    await call()
    await log.close()
    expect(problems).toEqual([])
    expect(keysOf(file)).toEqual([false, true])
    await using reader = await openReader(file, { encryption: { contents } })
    expect((await reader.verify()).flaw).toBeUndefined()
    const { items } = await reader.query({})
    const shown = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    expect(shown.map((each) => each?.contents.output)).toEqual(['aye', undefined])
  })

  test('tells the key service, by whoever can', async () => {
    const { file } = fresh()
    const { keys, asked } = service()
    await talk(file, { keys }, 'u-7', 1)
    await eraseContents(file, { scope: { user: 'u-7' }, reason, ...signingOf(file) })
    await talk(file, { keys }, 'u-8', 1)
    expect(asked.filter((each) => each.startsWith('destroy k-'))).toHaveLength(1)
  })

  test('keeps the key while a hold keeps what it encrypted', async () => {
    const { file, contents } = fresh()
    await talk(file, contents)
    const about = { incident: 'INC-7', reason: 'claim' }
    await addHold(file, { ...about, scope: { user: 'u-7' } })
    const held = await eraseContents(file, { scope: { user: 'u-7' }, reason })
    expect(held).toMatchObject({ keys: 0, incidents: ['INC-7'] })
    await releaseHold(file, { ...about, reason: 'settled' })
    expect(await eraseContents(file, { scope: { user: 'u-7' }, reason })).toMatchObject({ keys: 1 })
  })

  test.each(['retired', 'destroyed'])(
    'that is killed when keys are %s is finished by whoever opens the log next',
    async (step) => {
      const { file, contents } = fresh()
      await talk(file, contents)
      await talk(file, contents, 'u-8')
      const ended = await runProgram('killed-keys', file, contents.keys.file, 'erase', step)
      expect(ended.signal, ended.output).toBe('SIGKILL')
      await talk(file, contents, 'u-7', 1)
      expect(keysOf(file)).toEqual([false, true, true])
      await using reader = await openReader(file, { encryption: { contents } })
      const report = await reader.verify()
      expect(report.flaw).toBeUndefined()
      expect(report).toMatchObject({ unexplained: 0, encryptedContents: 0 })
    }
  )

  test('that is killed at its end gives no key back that its next end destroys', async () => {
    const { file, contents } = fresh()
    const { log, problems } = await openLog({ file, encryption: { contents } })
    const call = async () => {
      await log.withContext({ user: 'u-7', session: 'S' }, () =>
        log.record({ operation: 'chat', provider: 'test', input: WORDS }, async () => 'aye')
      )
      await log.flush()
    }
    await call()
    const about = { incident: 'INC-7', reason: 'claim' }
    const killed = async (step: string) => {
      const ended = await runProgram('killed-keys', file, contents.keys.file, 'erase', step)
      expect(ended.signal, ended.output).toBe('SIGKILL')
    }
    await killed('retired')
    await addHold(file, { ...about, scope: { session: 'S' } })
    await killed('destroyed')
    await call()
    await releaseHold(file, { ...about, reason: 'settled' })
    // Whoever opens the log finishes the erasure, while the application has the key in memory.
    await (await openLog({ file, encryption: { contents } })).log.close()
    await call()
    await log.close()
    expect(problems).toEqual([])
    await using reader = await openReader(file, { encryption: { contents } })
    expect((await reader.verify()).flaw).toBeUndefined()
    const { items } = await reader.query({})
    const shown = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    const answers = shown.map((each) => each?.contents.output)
    expect(answers.filter((each) => each === 'aye')).toHaveLength(2)
  })

  test('that a hold keeps leaves the subject its name meanwhile, so that the next one finds all', async () => {
    const { file, contents } = fresh()
    const { log, problems } = await openLog({ file, encryption: { contents } })
    const call = async () => {
      await log.withContext({ user: 'u-7' }, () =>
        log.record({ operation: 'chat', provider: 'test', input: WORDS }, async () => 'aye')
      )
      await log.flush()
    }
    await call()
    const about = { incident: 'INC-7', reason: 'claim', ...signingOf(file) }
    await addHold(file, { ...about, scope: { user: 'u-7' } })
    const ended = await runProgram('killed-keys', file, contents.keys.file, 'erase', 'retired')
    expect(ended.signal, ended.output).toBe('SIGKILL')
    await call()
    await log.close()
    expect(problems).toEqual([])
    // Whoever opens the log finishes that one, while the hold is in force.
    await talk(file, contents, 'u-8', 1)
    await releaseHold(file, { ...about, reason: 'settled' })
    const report = await eraseContents(file, { scope: { user: 'u-7' }, reason, ...signingOf(file) })
    expect(report).toMatchObject({ calls: 2, keys: 1 })
    expect(keysOf(file)).toEqual([false, true])
  })
})
