import { fileJournal, openLogSource } from '@slm-audit/file'
import { collectingLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { freshPath } from './support.ts'

test('a log that closes files while it is read never looks shorter than it was, nor damaged', async () => {
  const directory = freshPath()
  const journal = await fileJournal({ directory, rotate: { bytes: 600 }, compression: 'gzip' })
  const { log } = await collectingLog(journal)
  let isOver = false
  const write = async (): Promise<void> => {
    for (let at = 0; at < 120; at++) {
      await log.record({ operation: 'chat', provider: 'test', model: 'm' }, async () => at)
      await log.flush()
    }
    isOver = true
  }
  const writing = write()
  let longest = 0
  while (!isOver) {
    const { size, verify } = await openLogSource(directory)
    expect(size).toBeGreaterThanOrEqual(longest)
    expect((await verify()).flaw).toBeUndefined()
    longest = size
  }
  await writing
  await log.close()
  expect((await openLogSource(directory)).size).toBeGreaterThanOrEqual(240)
}, 60_000)
