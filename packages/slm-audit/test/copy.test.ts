import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Journal } from '@slm-audit/core'
import { openLogSource } from '@slm-audit/file'
import { openPostgresLog, postgresJournal } from '@slm-audit/postgres'
import { openSealedLog, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { S3Server } from '../../exporters/s3/test/s3-server.ts'
import { TestServer } from '../../journals/postgres/test/server.ts'
import { missingPrograms } from '../../verify/test/missing-programs.ts'
import { cli } from './run.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

const ORIGIN = 'example.com/shop'
const freshFolder = () => mkdtempSync(join(tmpdir(), 'slm-audit-'))

/** Records calls of a conversation, so that contents are in parts. */
async function talk(journal: Journal, from: number, count: number): Promise<void> {
  // Closing it would close the journal.
  const { log } = collectingLog(journal)
  const messages = Array.from({ length: from }, (_, at) => ({
    role: 'user',
    content: `turn ${at}`
  }))
  await log.withContext({ session: 'S-1', user: 'u-1' }, async () => {
    for (let at = from; at < from + count; at++) {
      messages.push({ role: 'user', content: `turn ${at}` })
      const input = { messages: [...messages] }
      await log.record({ operation: 'chat', provider: 'test', input }, async () => `answer ${at}`)
    }
  })
  await log.flush()
}

async function copied(from: string, to: string, ...more: string[]): Promise<string> {
  const { code, out, error } = await cli('copy', '--from', from, '--to', to, ...more)
  expect([code, error]).toEqual([0, ''])
  return out
}

async function leavesOf(
  records: Iterable<{ leafHash: Uint8Array }> | AsyncIterable<{ leafHash: Uint8Array }>
): Promise<string[]> {
  const leaves: string[] = []
  for await (const { leafHash } of records) leaves.push(Buffer.from(leafHash).toString('hex'))
  return leaves
}

test('a log goes from SQLite to PostgreSQL, to files and back, with all that was signed', async () => {
  const folder = freshFolder()
  const file = join(folder, 'audit.db')
  const journal = await sqliteJournal({ file, origin: ORIGIN, checkpoints: { everyRecords: 10 } })
  await talk(journal, 0, 12)
  await journal[Symbol.asyncDispose]()
  const address = `${server.url}?schema=copied`
  const files = join(folder, 'files/')
  const back = join(folder, 'back.db')
  expect(await copied(file, address)).toMatch(/25 records, 25 of them new/)
  expect(await copied(address, files)).toMatch(/25 records, 25 of them new/)
  expect(await copied(files, back)).toMatch(/25 records, 25 of them new/)
  expect(await copied(address, back)).toMatch(/25 records, 0 of them new/)
  using first = openSealedLog(file)
  using last = openSealedLog(back)
  await using between = await openPostgresLog({ url: address })
  const inFiles = await openLogSource(files)
  const leaves = await leavesOf(first.records())
  for (const each of [last, between, inFiles]) {
    expect(await leavesOf(each.records(0))).toEqual(leaves)
    const notes = [...(await each.checkpoints())].map(({ note }) => note)
    expect(notes).toEqual([...first.checkpoints()].map(({ note }) => note))
  }
  expect(notesOf([...last.records()])).toEqual(notesOf([...first.records()]))
})

const notesOf = (records: readonly { contents: readonly { body?: Uint8Array }[] }[]) =>
  records.map(({ contents }) => contents.map(({ body }) => Buffer.from(body ?? []).toString()))

/** The programs of others that verify tiles, as far as they are here; each rejects for what it does not accept. */
async function otherVerifiers(folder: string) {
  const scripts = fileURLToPath(new URL('../../../scripts/crosscheck/', import.meta.url))
  const go = join(folder, 'crosscheck')
  const missing = await missingPrograms(go, join(scripts, 'go', 'main.go'))
  const programs = {
    go: [go],
    python: ['python3', join(scripts, 'verify.py')]
  }
  return Object.entries(programs)
    .filter(([name]) => !missing.some((each) => each === name))
    .map(([, [program = '', ...args]]) => async (directory: string, key: string) => {
      const { stdout } = await promisify(execFile)(program, [...args, 'tiles', directory, key])
      return stdout
    })
}

test('a log goes from each store into each, and is whole there', async () => {
  await using objects = await S3Server.open()
  vi.stubEnv('AWS_ENDPOINT_URL_S3', objects.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  onTestFinished(() => void vi.unstubAllEnvs())
  const folder = freshFolder()
  const placesFor = (name: string) => [
    join(folder, `${name}.db`),
    join(folder, `${name}/`),
    `${server.url}?schema=${name}`,
    `s3://audit/${name}`
  ]
  const [first = '', ...others] = placesFor('first')
  const journal = await sqliteJournal({ file: first, origin: ORIGIN })
  await talk(journal, 0, 4)
  await journal[Symbol.asyncDispose]()
  for (const to of others) await copied(first, to)
  for (const [at, from] of [first, ...others].entries()) {
    for (const to of placesFor(`of_${at}`)) {
      expect([from, to, await copied(from, to)]).toEqual([
        from,
        to,
        expect.stringMatching(/9 of them new/)
      ])
    }
  }
  const [key = ''] = (await cli('key', '-f', first)).out.match(/(?<=^log ).+$/m) ?? []
  const verifiers = await otherVerifiers(folder)
  for (const [at, copy] of placesFor('of_2').slice(0, 3).entries()) {
    const tiles = join(folder, `tiles-${at}`)
    expect((await cli('export', '--tiles', tiles, '-f', copy)).code).toBe(0)
    for (const verify of verifiers) expect(await verify(tiles, key)).toMatch(/^ok size=9 /)
  }
})

test('a copy is continued after its log has lost some of it, and loses the same', async () => {
  await using objects = await S3Server.open()
  vi.stubEnv('AWS_ENDPOINT_URL_S3', objects.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  onTestFinished(() => void vi.unstubAllEnvs())
  const folder = freshFolder()
  const file = join(folder, 'audit.db')
  const policy = join(folder, 'policy.json')
  const none = { contents: 'P0D', headers: 'P0D' }
  const retention = { default: 'none', classes: { none } }
  writeFileSync(policy, JSON.stringify({ retention, rules: [{ level: 'RequestResponse' }] }))
  const say = async (word: string, count: number, user: string) => {
    const journal = await sqliteJournal({ file, origin: ORIGIN })
    const { log } = collectingLog(journal)
    await log.withContext({ user }, async () => {
      for (let at = 0; at < count; at++) {
        const input = { messages: [{ role: 'user', content: `${word} ${at}` }] }
        await log.record({ operation: 'chat', provider: 'test', input }, async () => word)
      }
    })
    await log.close()
    await journal[Symbol.asyncDispose]()
  }
  await say('earlywords', 135, 'u-1')
  await say('secretwords', 2, 'u-7')
  const copies = ['copy.db', 'copy/'].map((name) => join(folder, name))
  copies.push(`${server.url}?schema=continued`, 's3://audit/continued')
  for (const to of copies) await copied(file, to)
  expect((await cli('erase', '--user', 'u-7', '--reason', 'asked', '-f', file)).code).toBe(0)
  const applied = await cli('retention', 'apply', '--policy', policy, '-f', file)
  expect([applied.code, applied.out]).toEqual([0, expect.stringMatching(/1 tile/)])
  await say('latewords', 2, 'u-1')
  for (const to of copies) {
    expect([to, await copied(file, to)]).toEqual([
      to,
      expect.stringMatching(/ [1-9]\d* of them new/)
    ])
    expect(await copied(file, to)).toMatch(/ 0 of them new/)
    const verified = await cli('verify', '-f', to)
    expect([to, verified.code], verified.out).toEqual([to, 0])
    if (to.startsWith('s3:')) continue
    for (const [word, count] of [
      ['earlywords', 0],
      ['secretwords', 0],
      ['latewords', 2]
    ] as const) {
      const { out } = await cli('search', word, '-f', to, '--jsonl', '--limit', '500')
      const found = out.split('\n').filter(Boolean).length
      expect([to, word, found]).toEqual([to, word, count])
    }
  }
  // What the log has lost by now cannot be copied, and why is said.
  const fresh = await cli('copy', '--from', file, '--to', join(folder, 'fresh/'))
  expect([fresh.code, fresh.out]).toEqual([
    1,
    expect.stringMatching(/records \d+ to 255 are not in that log any more, as retention took them/)
  ])
})

test('a running fleet moves without a gap: new processes wait in their spools for the end of the copy', async () => {
  const folder = freshFolder()
  const file = join(folder, 'audit.db')
  const key = { file: `${file}.key` }
  const address = `${server.url}?schema=moved`
  const old = await sqliteJournal({ file, origin: ORIGIN })
  await talk(old, 0, 5)
  // One: most of the log, while it is written.
  await copied(file, address, '--more-to-come')
  const options = { url: address, origin: ORIGIN, key, folder: join(folder, 'new') }
  const moved = collectingLog(await postgresJournal(options))
  await moved.log.record({ operation: 'chat', provider: 'test', input: 'new 1' }, async () => 1)
  await talk(old, 5, 5)
  await old[Symbol.asyncDispose]()
  expect(moved.problems.map(({ code }) => code)).toContain('journal_unavailable')
  // Two: the rest, once the old processes have ended.
  expect(await copied(file, address)).toMatch(/21 records, 1[0-9] of them new/)
  const flushed = () =>
    moved.log.flush().then(
      () => true,
      () => false
    )
  await expect.poll(flushed).toBe(true)
  await moved.log.record({ operation: 'chat', provider: 'test', input: 'new 2' }, async () => 2)
  await moved.log.close()
  await moved.journal[Symbol.asyncDispose]()
  expect((await cli('verify', '-f', address)).out).toMatch(/25 records/)
  expect((await cli('search', 'new', '-f', address, '--jsonl')).out.split('\n')).toHaveLength(2)
  // The head that is kept beside the key tells the old log from the one that went on.
  const late = await cli('copy', '--from', file, '--to', address)
  expect(late).toMatchObject({ code: 1, out: expect.stringMatching(/25 records/) })
  expect(late.error).toMatch(/nothing was copied/)
})

test('refuses another log, and a flaw before anything is copied', async () => {
  const folder = freshFolder()
  const make = async (name: string, origin: string) => {
    const file = join(folder, name)
    const journal = await sqliteJournal({ file, origin })
    await talk(journal, 0, 2)
    await journal[Symbol.asyncDispose]()
    return file
  }
  const one = await make('one.db', 'example.com/one')
  const other = await make('other.db', 'example.com/other')
  const twin = await make('twin.db', 'example.com/one')
  const address = `${server.url}?schema=refused`
  const files = join(folder, 'files/')
  await copied(one, address)
  await copied(one, files)
  for (const to of [address, files]) {
    for (const from of [other, twin]) {
      const { code, error } = await cli('copy', '--from', from, '--to', to)
      expect([to, code], error).toEqual([to, 2])
      expect(error).toMatch(/holds the log|are others|is another one/)
    }
  }
  expect((await cli('copy', '--from', one, '--to', one)).code).toBe(2)
  expect((await cli('copy', '--from', one, '--to', files, '--more-to-come')).code).toBe(2)
})
