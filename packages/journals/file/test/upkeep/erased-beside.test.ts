import * as nodeFiles from 'node:fs'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addHold, openFileReader, releaseHold } from '@slm-audit/file'
import { expect, test } from 'vitest'
import type { FileSystem } from '../../src/format/files.ts'
import { FileLock } from '../../src/journal/file-lock.ts'
import { administer } from '../../src/upkeep/administer.ts'
import { eraseStored, finishErasure } from '../../src/upkeep/erase-stored.ts'
import { freshPath, openLog } from '../support.ts'
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

test('a part that a hold kept until the erasure had begun is recorded before it goes', async () => {
  const directory = freshPath()
  const { log } = await openLog({ directory, rotate: { bytes: 500 } })
  const shared = { role: 'user', content: 'shared alicewords' }
  await log.withContext({ user: 'alice', session: 'a-1' }, async () => {
    await turn(log, [shared, { role: 'user', content: 'own alicewords' }], 'yes')
    await turn(log, [shared], 'again')
  })
  await log.close()
  await using reader = await openFileReader(directory)
  const [second] = (await reader.query({ user: 'alice' })).items
  const scope = { calls: [second?.auditId ?? ''] }
  await addHold(directory, { incident: 'I', scope, reason: 'because' })
  const asked = { scope: { user: 'alice' }, reason: 'asked for', by: 'officer' }
  // Killed behind the first file that is exchanged.
  const killed: FileSystem = {
    ...nodeFiles,
    renameSync(from, to) {
      nodeFiles.renameSync(from, to)
      if (/records-.*new$/.test(String(from))) throw new Error('dead')
    }
  }
  const finish = (files: FileSystem) =>
    administer(directory, {}, {}, (each) => finishErasure(each, { files })).catch(() => undefined)
  await administer(directory, {}, {}, (each) => eraseStored(each, asked, killed)).catch(() => 0)
  await releaseHold(directory, { incident: 'I', reason: 'settled' })
  await finish(killed)
  expect((await read(directory)).report).toMatchObject({ unexplained: 0 })
  await finish(nodeFiles)
  expect(filesWith(directory, 'alicewords')).toEqual([])
  expect((await read(directory)).report).toMatchObject({ unexplained: 0, strays: 0 })
})
