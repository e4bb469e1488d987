import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FileLock } from '../../src/journal/file-lock.ts'
import { openLog } from '../support.ts'
import { filesWith, read, written } from './conversations.ts'

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
