import { execFile } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseRecord } from '@slm-audit/core'
import { openLogSource } from '@slm-audit/file'
import { describe, expect, test } from 'vitest'
import { type Fault, failing, faultyFiles } from './faulty-files.ts'
import { appendAndPack } from './scenario.ts'
import { collect, freshPath } from './support.ts'

/** The ids of the test's records, in order; the log must be whole. */
async function storedIn(directory: string): Promise<string[]> {
  const source = await openLogSource(directory)
  const report = await source.verify()
  expect(report.flaw).toBeUndefined()
  const records = (await collect(source.records())).map(parseRecord)
  return records.filter(({ kind }) => kind === 'test').map(({ auditId }) => auditId)
}

describe('each call to the file system goes wrong once: all is stored once, in order', () => {
  test.each<Fault>(['fails before', 'fails after', 'is cut short'])('%s', async (fault) => {
    let at = 1
    for (let went = true; went; at++) {
      const directory = freshPath()
      const { files, struck } = faultyFiles(at, failing(fault))
      const acked: string[] = []
      await appendAndPack(directory, files, (auditId) => acked.push(auditId))
      went = struck()
      expect(await storedIn(directory), `${fault} at call ${at}`).toEqual(acked)
      expect(acked).toHaveLength(16)
    }
    expect(at).toBeGreaterThan(60)
  })
})

describe('a process that is killed at any call', () => {
  const run = (directory: string, at: number, when: string) =>
    new Promise<{ acked: string[]; through: boolean }>((resolve) => {
      const program = new URL('./programs/killed.ts', import.meta.url).pathname
      execFile(process.execPath, [program, directory, String(at), when], (_error, stdout) => {
        const lines = stdout.split('\n').filter((line) => line !== '')
        const acked = lines.filter((line) => line !== 'through')
        resolve({ acked, through: lines.length > acked.length })
      })
    })

  // A kill after a call is one before the next.
  test.each([
    ['before', 9, 12],
    ['half', 11, 8]
  ])('loses nothing acknowledged, killed %s', async (when, step, count) => {
    const kills = Array.from({ length: count }, (_, place) => place * step + 3)
    const ends = new Set<boolean>()
    for (let from = 0; from < kills.length; from += 4) {
      await Promise.all(
        kills.slice(from, from + 4).map(async (at) => {
          const directory = freshPath()
          const { acked, through } = await run(directory, at, when)
          ends.add(through)
          if (!existsSync(directory)) return
          // Whoever opens next recovers and goes on.
          const { files } = faultyFiles(0, () => undefined)
          const more: string[] = []
          await appendAndPack(directory, files, (auditId) => more.push(auditId))
          const stored = await storedIn(directory)
          expect(stored).toEqual(expect.arrayContaining([...acked, ...more]))
          expect(new Set(stored).size).toBe(stored.length)
          expect(stored.slice(0, acked.length)).toEqual(acked)
          expect(stored.slice(-more.length)).toEqual(more)
        })
      )
    }
    expect(ends).toEqual(new Set([true, false]))
  })
})

test('a torn last line is cut off, and the log says so', async () => {
  const directory = freshPath()
  const { files } = faultyFiles(0, () => undefined)
  await appendAndPack(directory, files, () => undefined)
  const open = readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .at(-1)
  appendFileSync(join(directory, open ?? ''), '{"contents":[],"index":16,"le')
  await appendAndPack(directory, files, () => undefined)
  const source = await openLogSource(directory)
  expect((await source.verify()).flaw).toBeUndefined()
  const events = (await collect(source.records())).map(parseRecord)
  expect(events.filter(({ kind }) => kind === 'log.recovered').map(({ event }) => event)).toEqual([
    { bytes: 29 }
  ])
})
