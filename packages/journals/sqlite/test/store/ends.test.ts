import { readdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openReader } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { chat, freshFile, openLog, runProgram, stagesIn } from '../support.ts'

describe('the end of a process', () => {
  test.each([
    ['process', 'return'],
    ['process', 'exit'],
    ['process', 'kill'],
    ['disk', 'kill']
  ])('at level %s, after %s, nothing is lost', async (durability, end) => {
    const file = freshFile()
    const { code, signal, output } = await runProgram('calls', file, durability, '60', end)
    expect(output.replace('KILL ME', '').trim()).toBe('')
    expect([code, signal]).toEqual(end === 'kill' ? [null, 'SIGKILL'] : [0, null])
    expect(await stagesIn(file)).toEqual({ complete: 60 })
  })

  test('an exit with a call in progress leaves it abandoned, by exit', async () => {
    const file = freshFile()
    await runProgram('calls', file, 'process', '1', 'exit', 'open')
    expect(await stagesIn(file)).toEqual({ complete: 1, abandoned: 1 })
  })

  test("what is beside the log is the owner's alone, and no lock outlasts the next end", async () => {
    const file = freshFile()
    await runProgram('calls', file, 'process', '1', 'exit')
    // An exit before its records are signed leaves the lock, which says that a process ended there.
    const isLock = (name: string) => name.includes('-writer-')
    expect(
      readdirSync(dirname(file))
        .filter((name) => !isLock(name))
        .sort()
    ).toEqual(['audit.db', 'audit.db.key', 'audit.db.key.head'])
    const { log } = await openLog({ file })
    const names = readdirSync(dirname(file))
    expect(names.filter(isLock)).not.toEqual([])
    for (const name of names) {
      const mode = name === 'audit.db-spool' ? 0o700 : 0o600
      expect([name, statSync(join(dirname(file), name)).mode & 0o777]).toEqual([name, mode])
    }
    await log.close()
    expect(readdirSync(dirname(file)).filter(isLock)).toEqual([])
  })

  test('a call that a kill left open is abandoned by whoever opens the log next, with its prompt', async () => {
    const file = freshFile()
    await runProgram('calls', file, 'process', '1', 'kill', 'open')
    await using reader = await openReader(file)
    const { items } = await reader.query({ stage: 'abandoned' })
    const call = await reader.get(items[0]?.auditId ?? '')
    expect(call?.record.outcome).toEqual({ by: 'crash' })
    expect(call?.contents).toEqual({ input: 'left open' })
    expect(await reader.verify()).toMatchObject({ checked: 5, openCalls: 0, unsigned: 0 })
  })

  test('what was killed long ago is taken in late, and says so: nobody set the clock back', async () => {
    const file = freshFile()
    await runProgram('killed-talk', file, '3600000')
    const other = freshFile()
    await runProgram('calls', other, 'process', '3', 'return')
    // What another process recorded meanwhile is in the log first.
    renameSync(`${file}-spool`, `${other}-spool`)
    await using reader = await openReader(other)
    const { items } = await reader.query({ user: 'alice' })
    const call = await reader.get(items[0]?.auditId ?? '')
    const { at, log } = call?.record ?? {}
    const waited = Date.parse(log?.sealedAt ?? '') - Date.parse(at ?? '')
    expect(waited).toBeGreaterThanOrEqual(3_600_000)
    const report = await reader.verify()
    expect(report.flaw).toBeUndefined()
    expect(report.checked).toBeGreaterThan(6)
    expect(report.clockSetBack).toBeUndefined()
  })

  test('the calls of a process that lives are left alone', async () => {
    const file = freshFile()
    const first = await openLog({ file })
    const call = first.log.open(chat)
    await first.log.flush()
    const second = await openLog({ file })
    await second.log.close()
    expect(await stagesIn(file)).toEqual({ received: 1 })
    call.complete({})
    await first.log.close()
    expect(await stagesIn(file)).toEqual({ complete: 1 })
  })

  test('three processes append to one file at once: every call once, no hole', async () => {
    const file = freshFile()
    const runs = await Promise.all(
      [1, 2, 3].map(() => runProgram('calls', file, 'process', '200', 'return'))
    )
    expect(runs.map(({ code, output }) => [code, output])).toEqual([
      [0, ''],
      [0, ''],
      [0, '']
    ])
    expect(await stagesIn(file)).toEqual({ complete: 600 })
    await using reader = await openReader(file)
    const report = await reader.verify()
    expect(report).toMatchObject({ checked: 1201, openCalls: 0, lostRecords: 0, unsigned: 0 })
    expect(report.flaw).toBeUndefined()
    expect(report.checkpoints).toBeGreaterThan(0)
  })
})
