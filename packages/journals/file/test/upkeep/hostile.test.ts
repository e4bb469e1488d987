import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLog } from '../support.ts'
import { apply, later, recorded } from './aged-logs.ts'
import { erase, filesWith, read, written } from './conversations.ts'

const recordsIn = (directory: string) =>
  readdirSync(directory).filter((name) => name.startsWith('records-'))

/** The file that is written. */
const newest = (directory: string) => join(directory, recordsIn(directory).sort().at(-1) ?? '')

test('an erasure removes nothing through a link among what was set aside', async () => {
  const [directory, other] = [await written(), await written()]
  const before = recordsIn(other)
  mkdirSync(join(directory, 'lost'))
  symlinkSync(other, join(directory, 'lost', '0-1'))
  await erase(directory, { user: 'alice' })
  expect(recordsIn(other)).toEqual(before)
  rmSync(join(directory, 'lost'), { recursive: true })
  const place = join(other, 'lost', '0-1')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'records-0'), 'left')
  symlinkSync(join(other, 'lost'), join(directory, 'lost'))
  await erase(directory, { user: 'bob' })
  expect(readdirSync(place)).toEqual(['records-0'])
})

test('what is set aside goes through no link that has its name', async () => {
  const [directory, other] = [await written(), await written()]
  const name = newest(directory).slice(directory.length + 1)
  writeFileSync(join(other, name), 'of another')
  rmSync(newest(directory))
  mkdirSync(join(directory, name))
  mkdirSync(join(directory, 'lost'))
  const first = Number(/\d+/.exec(name)?.[0])
  symlinkSync(other, join(directory, 'lost', `${first}-${first}`))
  const { log, problems } = await openLog({ directory })
  await log.close()
  expect(problems.join()).toMatch(new RegExp(`is in lost/${first}-${first}-2`))
  expect(readFileSync(join(other, name), 'utf8')).toBe('of another')
})

test('a folder that stood in the place of a file is set aside, and goes with an erasure', async () => {
  const directory = await written()
  const path = newest(directory)
  rmSync(path)
  mkdirSync(path)
  writeFileSync(join(path, 'words'), 'alicewords')
  const { log } = await openLog({ directory })
  await log.close()
  expect(filesWith(directory, 'alicewords')).toContain('words')
  await erase(directory, { user: 'alice' })
  expect(filesWith(directory, 'alicewords')).toEqual([])
  expect(existsSync(join(directory, 'erasing.json'))).toBe(false)
})

test('a file by the name of that folder stops neither writers nor readers', async () => {
  const directory = await written()
  writeFileSync(join(directory, 'lost'), '')
  const { log, problems } = await openLog({ directory })
  await log.close()
  expect(problems).toEqual([])
  expect((await read(directory)).report.flaw).toBeUndefined()
})

test.each([
  ['an erasure', (directory: string) => erase(directory, { user: 'u-0' }), 'contents.erased'],
  ['retention', (directory: string) => apply(directory, { now: later(2) }), 'records.pruned']
])(
  'a manifest with an end that no log reaches ends %s before it says anything',
  async (_, take, kind) => {
    const directory = await recorded({}, 200)
    const path = join(directory, 'manifest.jsonl')
    const lines = readFileSync(path, 'utf8').split('\n')
    const far = (line: string) => line.replace(/"end":\d+/, '"end":9007199254740991')
    writeFileSync(path, lines.map((line, at) => (at === 1 ? far(line) : line)).join('\n'))
    await expect(take(directory)).rejects.toMatchObject({ code: 'journal_damaged' })
    expect(filesWith(directory, kind)).toEqual([])
  }
)

test.each([
  ['a scope that means all calls', { scope: {} }],
  ['a scope of nothing that is known', { scope: { name: 'x' } }],
  ['a note without who and why', { note: { scope: 'user' } }],
  ['no place where it ends', { until: '9' }]
])('an erasure that nobody began erases nothing: %s', async (_, wrong) => {
  const directory = await written()
  const { size } = (await read(directory)).report
  const note = { scope: 'user', by: 'officer', reason: 'asked for' }
  const pending = { scope: { user: 'alice' }, note, until: size, ...wrong }
  writeFileSync(join(directory, 'erasing.json'), JSON.stringify(pending))
  const { log, problems } = await openLog({ directory })
  await expect
    .poll(() => problems.join(), { timeout: 3_000 })
    .toMatch(/erasing.json cannot be read; delete it/)
  await log.close()
  expect(filesWith(directory, 'bobwords')).not.toEqual([])
  expect(filesWith(directory, 'alicewords')).not.toEqual([])
  expect((await read(directory)).report.absentContents).toBe(0)
})
