import { renameSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chat, freshFile, openLog, stagesIn } from './support.ts'

test('records wait while the database is away, and are stored once it is back', async () => {
  const file = freshFile()
  const { log, problems } = await openLog({ file })
  log.record(chat, () => 1)
  await log.flush()
  const move = (from: string, to: string) => {
    for (const end of ['', '-wal', '-shm']) renameSync(`${from}${end}`, `${to}${end}`)
  }
  move(file, `${file}.away`)
  log.record(chat, () => 2)
  await expect(log.flush()).rejects.toThrow(/was deleted or replaced/)
  writeFileSync(file, '')
  await expect(log.flush()).rejects.toThrow(/was deleted or replaced/)
  move(`${file}.away`, file)
  await log.close()
  expect(problems[0]).toMatchObject({ code: 'journal_failed' })
  expect(await stagesIn(file)).toEqual({ complete: 2 })
})
