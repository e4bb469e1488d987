import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { parseRecord } from '@slm-audit/core'
import { openLogSource } from '@slm-audit/file'
import { expect, test } from 'vitest'
import { chat, collect, freshPath, openLog } from './support.ts'

/** What other programs do to the file that is being written, and what undoes it. */
const MISCHIEF: { readonly [name: string]: (path: string) => () => void } = {
  'is deleted': (path) => {
    const bytes = readFileSync(path)
    const held = `${path}.held`
    renameSync(path, held)
    return () => {
      writeFileSync(held, bytes)
      renameSync(held, path)
    }
  },
  'is moved away and made anew': (path) => {
    renameSync(path, `${path}.1`)
    writeFileSync(path, '')
    return () => renameSync(`${path}.1`, path)
  },
  'is copied and cut to nothing': (path) => {
    copyFileSync(path, `${path}.1`)
    truncateSync(path, 0)
    return () => {
      writeFileSync(path, readFileSync(`${path}.1`))
      rmSync(`${path}.1`)
    }
  },
  'is cut in the middle': (path) => {
    const bytes = readFileSync(path)
    truncateSync(path, statSync(path).size >> 1)
    return () => writeFileSync(path, bytes)
  }
}

test('a directory that is deleted while it is open takes its spool with it, which is told; its key begins no other log', async () => {
  const directory = freshPath()
  const { log, problems } = await openLog({ directory }, { deadlineMs: 500 })
  await log.record({ ...chat, input: 'before' }, async () => 1)
  await log.flush()
  rmSync(directory, { recursive: true })
  await log.record({ ...chat, input: 'after' }, async () => 2)
  await log.close()
  const told = problems.map(({ message }) => message).join('\n')
  expect(told).toMatch(/lock was deleted while it was open; close the log and open it again/)
  expect(told).toMatch(/calls are lost with their spool .* which was deleted/)
  const again = openLog({ directory })
  await expect(again).rejects.toMatchObject({
    code: 'bad_key',
    message: expect.stringMatching(/its log is not in .*; put the directory back, or move the key/)
  })
  expect(existsSync(directory)).toBe(false)
})

test.each(Object.keys(MISCHIEF))(
  'when the file that is written %s, calls wait in the spool, which is told, until it is back',
  async (name) => {
    const directory = freshPath()
    const { log, problems } = await openLog({ directory })
    await log.record({ ...chat, input: 'before' }, async () => 1)
    await log.flush()
    const path = readdirSync(directory).find((each) => each.endsWith('.jsonl') && /^rec/.test(each))
    const undo = MISCHIEF[name]?.(join(directory, path ?? ''))
    await log.record({ ...chat, input: 'meanwhile' }, async () => 2)
    await expect(log.flush()).rejects.toThrow(/while it was open; put it back/)
    expect(problems.map(({ code }) => code)).toContain('journal_failed')
    undo?.()
    await log.close()
    expect(existsSync(join(directory, 'spool'))).toBe(false)
    const source = await openLogSource(directory)
    expect((await source.verify()).flaw).toBeUndefined()
    const records = (await collect(source.records())).map(parseRecord)
    const stages = records.filter(({ kind }) => kind === 'call').map(({ stage }) => stage)
    expect(stages).toEqual(['received', 'complete', 'received', 'complete'])
  }
)
