import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FileLock } from '../../src/journal/file-lock.ts'
import { openLog } from '../support.ts'
import { erase, filesWith, read, turn, written } from './conversations.ts'

/** Notes an erasure of Alice, as one leaves it that was killed. */
async function begun(directory: string, beyond = 0): Promise<string> {
  const note = { scope: 'user', by: 'officer', reason: 'asked for' }
  const until = (await read(directory)).report.size + beyond
  const path = join(directory, 'erasing.json')
  writeFileSync(path, JSON.stringify({ scope: { user: 'alice' }, note, until }))
  return path
}

test('an application closes while another process erases, and the next one finishes what that leaves', async () => {
  const directory = await written()
  const pending = await begun(directory)
  const eraser = new FileLock(join(directory, 'pack'))
  eraser.take()
  const { log, problems } = await openLog({ directory })
  const before = performance.now()
  await log.close()
  expect(performance.now() - before).toBeLessThan(6_000)
  expect(problems).toEqual([])
  expect(existsSync(pending)).toBe(true)
  eraser.close()
  const next = await openLog({ directory })
  await expect.poll(() => existsSync(pending), { timeout: 10_000 }).toBe(false)
  await next.log.close()
  expect(next.problems).toEqual([])
  expect(filesWith(directory, 'alicewords')).toEqual([])
})

test('an erasure that goes to a place behind the end of the log, as its newest file was lost since, is finished', async () => {
  const directory = await written()
  const pending = await begun(directory, 10)
  expect(await erase(directory, { user: 'bob' })).toMatchObject({ calls: 2 })
  expect(existsSync(pending)).toBe(false)
  expect(filesWith(directory, 'alicewords')).toEqual([])
  expect((await read(directory)).report).toMatchObject({ unexplained: 0, strays: 0 })
})

test('so it is where the log has gone on to behind that place in one file', async () => {
  const directory = await written()
  await begun(directory, 1)
  const { log, problems } = await openLog({ directory })
  const pending = join(directory, 'erasing.json')
  await expect.poll(() => existsSync(pending), { timeout: 10_000 }).toBe(false)
  await begun(directory, 3)
  await log.withContext({ user: 'bob', session: 'b-3' }, async () => {
    for (let at = 0; at < 3; at++) await turn(log, `more ${at}`, 'bobwords still')
  })
  await log.close()
  expect(problems).toEqual([])
  expect(await erase(directory, { user: 'nobody' })).toMatchObject({ calls: 0 })
  expect(existsSync(pending)).toBe(false)
  expect((await read(directory)).report).toMatchObject({ unexplained: 0, strays: 0 })
})
