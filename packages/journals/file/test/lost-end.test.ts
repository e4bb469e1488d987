import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { parseRecord } from '@slm-audit/core'
import { addHold, openLogSource } from '@slm-audit/file'
import { beforeAll, expect, test } from 'vitest'
import { chat, collect, freshPath, openLog } from './support.ts'

const program = new URL('./programs/calls.ts', import.meta.url).pathname
const killed = freshPath()
const closed = freshPath()
const rotated = freshPath()

async function record(directory: string, calls: number, more = {}) {
  const { log, problems } = await openLog({ directory, stateFolder: false, ...more })
  for (let at = 0; at < calls; at++) {
    await log.record({ ...chat, input: `call ${at}` }, async () => at)
    if (at % 3 === 0) await log.flush()
  }
  await log.close()
  return problems.map(({ code, message }) => `${code}: ${message}`)
}

beforeAll(async () => {
  const run = () => execFileSync(process.execPath, [program, killed, '9', 'flush'])
  expect(run).toThrow(expect.objectContaining({ signal: 'SIGKILL' }))
  expect(await record(closed, 9)).toEqual([])
  expect(await record(rotated, 9, { rotate: { bytes: 6_000 } })).toEqual([])
  expect(await record(rotated, 3)).toEqual([])
})

/** The file that is written. */
const active = (directory: string) =>
  join(
    directory,
    readdirSync(directory)
      .filter((name) => /^records-.*l$/.test(name) && statSync(join(directory, name)).size > 0)
      .sort()
      .at(-1) ?? ''
  )

const lines = (change: (all: string[]) => string[]) => (path: string) =>
  writeFileSync(path, change(readFileSync(path, 'utf8').trim().split('\n')).join('\n').concat('\n'))

const LOSSES: { readonly [name: string]: (path: string) => void } = {
  'is gone': (path) => rmSync(path),
  'is empty': (path) => truncateSync(path, 0),
  'is cut in the middle': (path) => truncateSync(path, statSync(path).size >> 1),
  'is overwritten with zeros': (path) => writeFileSync(path, Buffer.alloc(999)),
  'lost a line': lines((all) => all.toSpliced(2, 1)),
  'has lines in another order': lines((all) => all.toReversed()),
  'is a folder now': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
  'is a link that leads nowhere': (path) => {
    rmSync(path)
    symlinkSync('nowhere', path)
  }
}

async function verified(directory: string) {
  const source = await openLogSource(directory)
  const report = await source.verify()
  const records = (await collect(source.records())).map(parseRecord)
  const gaps = records.filter(({ kind }) => kind === 'gap').map(({ event }) => event?.records)
  const calls = records.filter(({ kind, stage }) => kind === 'call' && stage === 'complete')
  return { size: report.size, flaw: report.flaw?.kind, gaps, calls: calls.length }
}

function copyOf(made: string): string {
  const directory = freshPath()
  cpSync(made, directory, { recursive: true })
  for (const name of ['.key', '.key.head']) {
    if (existsSync(made + name)) cpSync(made + name, directory + name)
  }
  return directory
}

test.each([
  ...Object.keys(LOSSES).map((name) => [name, 'of a killed process', killed] as const),
  ['is gone', 'of a log that was closed', closed] as const,
  ['is cut in the middle', 'behind closed ones', rotated] as const
])(
  'when the newest file %s, %s, logging goes on behind what is left, which is told, counted and found',
  async (name, _, made) => {
    const directory = copyOf(made)
    const before = (await verified(directory)).size
    LOSSES[name]?.(active(directory))

    const problems = await record(directory, 2)
    expect(problems[0]).toMatch(/journal_damaged.*\blost\b.*logging goes on/)
    const found = await verified(directory)
    expect(found.flaw).toMatch(/truncated tail|rewritten history/)
    expect(found.gaps).toEqual([expect.any(Number)])
    expect(found.calls).toBeGreaterThanOrEqual(2)
    const [folder = ''] = readdirSync(join(directory, 'lost'))
    expect(folder).toMatch(new RegExp(`^\\d+-${before}$`))
  }
)

test('part of a batch that was stored whole is lost, and no kill has left it', async () => {
  const directory = freshPath()
  const { log } = await openLog({
    directory,
    stateFolder: false,
    checkpoints: { everyRecords: 1e6, everyMs: 1e8 }
  })
  for (let at = 0; at < 5; at++) await log.record({ ...chat, input: `call ${at}` }, async () => at)
  await log.flush()
  const path = active(directory)
  // The file is cut while it is open: the records that were in it cannot come back from the spool.
  truncateSync(path, statSync(path).size >> 1)
  const left = (await verified(directory)).size
  expect(left).toBeLessThan(11)
  expect((await verified(directory)).flaw).toBe('truncated tail')
  await log.close()

  expect(await record(directory, 2)).toContainEqual(
    expect.stringMatching(/journal_damaged.*\blost\b.*logging goes on/)
  )
  const found = await verified(directory)
  expect(found).toMatchObject({ flaw: 'truncated tail', gaps: [11 - left] })
})

test('a loss is told once, and found for good, also when the log is larger than it was', async () => {
  const directory = copyOf(killed)
  LOSSES['is gone']?.(active(directory))
  await record(directory, 2)
  const { gaps, calls } = await verified(directory)
  const later = await record(directory, 12)
  expect(later.filter((each) => each.startsWith('journal_damaged'))).toEqual([])
  expect(await verified(directory)).toEqual({
    size: expect.any(Number),
    flaw: expect.stringMatching(/truncated tail|rewritten history/),
    gaps,
    calls: calls + 12
  })
})

test('a loss that whoever looks after the log comes upon first is counted as well', async () => {
  const directory = copyOf(closed)
  LOSSES['is cut in the middle']?.(active(directory))
  await addHold(directory, { incident: 'I', scope: { user: 'alice' }, reason: 'claim' })
  expect((await verified(directory)).gaps).toEqual([expect.any(Number)])
})

test('what is left of a file is kept as it was found', async () => {
  const directory = copyOf(closed)
  LOSSES['is cut in the middle']?.(active(directory))
  const bytes = readFileSync(active(directory))
  await record(directory, 1)
  const [folder = ''] = readdirSync(join(directory, 'lost'))
  const kept = readFileSync(join(directory, 'lost', folder, 'records-000000000000.jsonl'))
  expect(kept.equals(bytes)).toBe(true)
  expect(statSync(join(directory, 'lost')).mode & 0o077).toBe(0)
})

test('junk between the lines, and a line that is there twice, cost no record', async () => {
  const directory = copyOf(closed)
  const { calls } = await verified(directory)
  lines((all) => [...all.slice(0, 3), 'junk', ...all.slice(2)])(active(directory))
  expect(await record(directory, 2)).toEqual([expect.stringMatching(/journal_damaged.*goes on/)])
  expect(await verified(directory)).toMatchObject({ calls: calls + 2, gaps: [] })
})

test('a record that was changed stops nobody, and is found', async () => {
  const directory = copyOf(closed)
  const path = active(directory)
  writeFileSync(path, readFileSync(path, 'utf8').replace('"provider":"test"', '"provider":"tost"'))
  expect(await record(directory, 2)).toEqual([expect.stringMatching(/journal_damaged.*goes on/)])
  expect((await (await openLogSource(directory)).verify()).flaw?.kind).toBe('changed')
})
