import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chat, freshFile, openLog, stagesIn } from '../support.ts'

test('calls are found after a kill, though the write-ahead log was taken away while it was open', async () => {
  const file = freshFile()
  const { log, problems } = await openLog({ file })
  const call = (from: number, to: number) => {
    for (let n = from; n < to; n++) log.open({ ...chat, input: n }).complete({})
    return log.flush()
  }
  await call(0, 5)
  // As SQLite does when a copy of it in the same process closes the database, whose locks of this process then end.
  for (const end of ['-wal', '-shm']) rmSync(file + end)
  await expect(call(5, 10)).rejects.toThrow('was taken away while it was open')
  await expect
    .poll(
      () =>
        log.flush().then(
          () => true,
          () => false
        ),
      { timeout: 20_000 }
    )
    .toBe(true)
  // What whoever kills this process now finds.
  const found = freshFile()
  for (const end of ['', '-wal', '.key', '.key.head']) {
    if (existsSync(file + end)) copyFileSync(file + end, found + end)
  }
  expect(await stagesIn(found)).toEqual({ complete: 10 })
  expect(problems.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('was taken away while it was open')
  )
  await call(10, 15)
  await log.close()
  expect(await stagesIn(file)).toEqual({ complete: 15 })
})
