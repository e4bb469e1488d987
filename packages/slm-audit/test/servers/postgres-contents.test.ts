import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newWrappingKey } from '@slm-audit/core/node'
import { postgresJournal } from '@slm-audit/postgres'
import { collectingLog } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { TestServer } from '../../../journals/postgres/test/server.ts'
import { run } from '../../../verify/src/run.ts'
import { cli } from '../run.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const keysFile = join(folder, 'contents.keys')
writeFileSync(keysFile, `${newWrappingKey()}\n`)
const signing = join(folder, 'log.key')

/** An address of the log at which this process has been told of no keys yet. */
let addresses = 0
const stranger = () => `${server.url}?schema=hidden&application_name=cli_${++addresses}`

const { log, journal, problems } = collectingLog(
  await postgresJournal({
    ...{ url: `${server.url}?schema=hidden`, origin: 'example.com/hidden', folder },
    encryption: { contents: { keys: { file: keysFile } } }
  })
)
for (const user of ['u-7', 'u-8']) {
  await log.withContext({ user, session: 'S-1' }, () =>
    log.record(
      { operation: 'chat', provider: 'test', model: 'm-1', input: `refund of ${user}` },
      async () => 'on its way'
    )
  )
}
await log.close()
await journal[Symbol.asyncDispose]()
const withKeys = ['--contents-keys', keysFile]

test('who has the keys lists, shows, verifies and exports it, and who has none is told', async () => {
  expect(problems).toEqual([])
  const none = stranger()
  expect((await cli('list', '--user', 'u-7', '-f', none, '--jsonl')).out).toBe('')
  expect((await cli('show', 'last', '-f', none)).out).toMatch(/encrypted: [\s\S]*--contents-keys/)
  const unchecked = await cli('verify', '-f', none)
  expect(unchecked).toMatchObject({
    code: 0,
    out: expect.stringMatching(/4 contents are encrypted/)
  })
  const file = stranger()
  const listed = (await cli('list', '--user', 'u-7', '-f', file, '--jsonl', ...withKeys)).out
  expect(listed.split('\n').filter(Boolean)).toHaveLength(1)
  expect(JSON.parse(listed)).toMatchObject({ question: 'refund of u-7', answer: 'on its way' })
  expect((await cli('show', 'last', '-f', file)).out).toMatch(/refund of u-8/)
  expect((await cli('verify', '-f', file)).out).not.toMatch(/are encrypted/)
  expect((await cli('doctor', '-f', file, '--json')).code).toBe(0)
  const exported = await cli('export', '--format', 'jsonl', '-f', stranger(), ...withKeys)
  expect([exported.code, exported.out]).toEqual([0, expect.stringMatching(/refund of u-7/)])
  const [tiles, policy] = [join(folder, 'tiles'), join(folder, 'policy')]
  writeFileSync(policy, (await cli('key', '-f', file)).out)
  const written = await cli('export', '--tiles', tiles, '-f', stranger(), ...withKeys)
  expect(written.code).toBe(0)
  expect(run(['tiles', tiles, '--policy', policy])).toMatchObject({ exitCode: 0 })
  const pack = ['evidence', '-o', join(folder, 'evidence'), '-f', stranger(), ...withKeys]
  expect((await cli(...pack)).code).toBe(0)
})

test('a copy of it is whole with the keys, and is not made without', async () => {
  const copy = join(folder, 'copy.db')
  const refused = await cli('copy', '--from', stranger(), '--to', copy)
  expect(refused).toMatchObject({ code: 2, error: expect.stringMatching(/are encrypted with k-/) })
  const done = await cli('copy', '--from', stranger(), '--to', copy, ...withKeys)
  expect([done.code, done.error]).toEqual([0, ''])
  expect((await cli('search', 'refund', '-f', copy, '--jsonl')).out.split('\n')).toHaveLength(2)
})

test('the keys are wrapped anew, and a person is erased by name', async () => {
  const before = readFileSync(keysFile, 'utf8')
  const rotate = ['key', 'rotate', '-f', stranger(), '--key-file', signing, ...withKeys]
  expect((await cli(...rotate, '--json')).out).toMatch(/"rewrapped": ?3/)
  expect(readFileSync(keysFile, 'utf8')).toMatch(new RegExp(`^[0-9a-f]{64}\n${before}`))
  const erase = ['erase', '--user', 'u-7', '--reason', 'asked', '--key-file', signing]
  const refused = await cli(...erase, '-f', stranger())
  expect(refused).toMatchObject({ code: 2, error: expect.stringMatching(/go by pseudonyms; give/) })
  const rehearsed = await cli(...erase, '-f', stranger(), '--dry-run', '--json', ...withKeys)
  expect(JSON.parse(rehearsed.out)).toMatchObject({ calls: 1, keys: 1 })
  const erased = await cli(...erase, '-f', stranger(), '--json', ...withKeys)
  expect(JSON.parse(erased.out)).toMatchObject({ calls: 1, keys: 1 })
  const file = stranger()
  expect((await cli('verify', '-f', file, ...withKeys)).code).toBe(0)
  expect((await cli('show', 'last', '-f', file)).out).toMatch(/refund of u-8/)
  expect((await cli('list', '--user', 'u-7', '-f', file, '--jsonl')).out).toBe('')
})
