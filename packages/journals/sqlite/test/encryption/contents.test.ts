import { randomBytes } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { localKeyProvider } from '@slm-audit/core/node'
import {
  addHold,
  type ContentsEncryption,
  eraseContents,
  type KeyProvider,
  openReader,
  releaseHold
} from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { freshFile, openLog } from '../support.ts'

const WORDS = 'quetzalcoatl asked'

/** A new log, and the keys of its contents in a file. */
function fresh() {
  const file = freshFile()
  const path = `${dirname(file)}/contents.keys`
  writeFileSync(path, `${randomBytes(32).toString('hex')}\n`)
  return { file, contents: { keys: { file: path } } }
}

async function talk(file: string, contents: ContentsEncryption, user = 'u-7', turns = 2) {
  const { log, problems } = await openLog({ file, encryption: { contents } })
  const messages: object[] = []
  for (let turn = 0; turn < turns; turn++) {
    messages.push({ role: 'user', content: `${WORDS} ${user} in turn ${turn}` })
    const input = { messages: [...messages] }
    await log.withContext({ user, session: `of ${user}` }, () =>
      log.record({ operation: 'chat', provider: 'test', model: 'm', input }, async () => 'aye')
    )
  }
  await log.close()
  expect(problems).toEqual([])
}

let talked: Promise<ReturnType<typeof fresh>> | undefined

/** A log with two calls of one user, which tests read and copy. */
function log(): NonNullable<typeof talked> {
  talked ??= (async () => {
    const made = fresh()
    await talk(made.file, made.contents)
    return made
  })()
  return talked
}

/** The files of a log, and those beside it, that hold a text, or bytes. */
function filesWith(file: string, text: string | Buffer): string[] {
  return readdirSync(dirname(file), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text))
    .map((path) => basename(path))
}

describe('contents by subject', () => {
  test('are in no file, and are read with their keys', async () => {
    const { file, contents } = fresh()
    await talk(file, contents)
    await talk(file, contents, 'u-8')
    expect(filesWith(file, 'quetzalcoatl')).toEqual([])
    await using reader = await openReader(file, { encryption: { contents } })
    const { items } = await reader.query({})
    const call = await reader.get(items[0]?.auditId ?? '')
    expect(JSON.stringify(call?.contents)).toContain(`${WORDS} u-8 in turn 1`)
    expect(call?.encrypted).toBeUndefined()
    const report = await reader.verify()
    expect(report).toMatchObject({ verdict: 'unanchored', absentContents: 0, unexplained: 0 })
    expect(report.flaw).toBeUndefined()
    expect(report.encryptedContents).toBeUndefined()
  })

  test('stay closed to whoever has no key, or another, which verify says', async () => {
    const { file } = await log()
    const copy = copyOf(file)
    await using reader = await openReader(copy)
    const { items } = await reader.query({})
    const call = await reader.get(items[0]?.auditId ?? '')
    expect(items).toHaveLength(2)
    expect(JSON.stringify([items, call?.contents])).not.toContain('quetzalcoatl')
    expect(call?.encrypted).toEqual([
      { name: 'input', key: expect.stringMatching(/^k-[0-9a-f]{16}$/) },
      { name: 'output', key: expect.stringMatching(/^k-/) }
    ])
    expect(call?.absent).toBeUndefined()
    const report = await reader.verify()
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ absentContents: 0, unexplained: 0, encryptedContents: 4 })
    const other = fresh().contents
    await using stranger = await openReader(copyOf(file), { encryption: { contents: other } })
    const [found] = (await stranger.get(items[0]?.auditId ?? ''))?.encrypted ?? []
    expect(found?.why).toMatch(/^k-.* was wrapped with w-.*, which is not in .*contents.keys; add/)
    expect((await stranger.verify()).encryptedContents).toBe(4)
  })

  test.each([
    ['changed', "UPDATE contents SET body = body || x'00' WHERE id = 65", 'content mismatch'],
    [
      'swapped with those of another record',
      'UPDATE contents SET body = (SELECT body FROM contents AS o WHERE o.id = 193) WHERE id = 65',
      'content mismatch'
    ],
    [
      'a part that is changed',
      'UPDATE parts SET body = zeroblob(80) WHERE id = 1',
      'content mismatch'
    ],
    ['said to be of another key', 'UPDATE contents SET key = 99 WHERE id = 65', 'content missing'],
    ['of a key that is gone', 'UPDATE content_keys SET wrapped = NULL', 'content missing'],
    ['of a key that was changed', 'UPDATE content_keys SET wrapped = zeroblob(74)', undefined]
  ])('that are %s are found by whoever has the key', async (_, sql, kind) => {
    const { file, contents } = await log()
    const copy = copyOf(file)
    const database = new Database(copy)
    for (const table of ['contents', 'parts']) database.exec(`DROP TRIGGER ${table}_no_update`)
    const ids = database
      .prepare('SELECT id FROM contents WHERE body IS NOT NULL ORDER BY id')
      .pluck()
    const [first, second] = ids.all() as number[]
    database.exec(sql.replaceAll('65', String(first)).replaceAll('193', String(second)))
    database.close()
    await using reader = await openReader(copy, { encryption: { contents } })
    const report = await reader.verify()
    expect(report.flaw?.kind).toBe(kind)
    if (kind === undefined) expect(report.encryptedContents).toBe(4)
  })

  test('go on being encrypted: who opens the log without keys is refused, and stores nothing', async () => {
    const { file } = await log()
    await expect(openLog({ file })).rejects.toMatchObject({
      code: 'bad_key',
      message: expect.stringMatching(/contents of .* are encrypted; open it with their keys/)
    })
  })

  test('of one subject and period have one key, also after a new start', async () => {
    const { file, contents } = fresh()
    await talk(file, contents)
    await talk(file, contents)
    await talk(file, contents, 'u-8')
    const database = new Database(file, { readonly: true })
    const keys = database.prepare('SELECT * FROM content_keys').all()
    expect(keys).toHaveLength(2)
    expect(JSON.stringify(keys)).not.toContain('u-7')
    database.close()
  })

  test.each([
    [{}, /keys must be/],
    [{ keys: { file: 'x' }, subjects: ['name'] }, /subjects must be a list of some of user/],
    [{ keys: { file: 'x' }, period: 'week' }, /period must be one of day, month/],
    [{ keys: { file: 'x' }, cache: { maxMs: -1 } }, /cache.maxMs must be a number/],
    [{ keys: { file: 'x' }, deadline: 1 }, /deadline/]
  ])('are refused with options %j', async (contents, message) => {
    const opened = openLog({ file: freshFile(), encryption: { contents: contents as never } })
    await expect(opened).rejects.toMatchObject({ code: 'bad_option', message })
  })
})

/** A copy of a log at a place that this process has no keys of. */
function copyOf(file: string): string {
  const copy = freshFile()
  copyFileSync(file, copy)
  return copy
}

/** A key management service that is not there yet, hangs, or answers. */
function service() {
  const local = localKeyProvider({ file: fresh().contents.keys.file })
  const asked: string[] = []
  const state = { is: 'well' as 'well' | 'down' | 'hanging' }
  const answer = async <T>(what: string, make: () => T): Promise<T> => {
    asked.push(what)
    if (state.is === 'hanging') return await new Promise<T>(() => undefined)
    if (state.is === 'down') throw new Error('the vault is sealed')
    return make()
  }
  const keys: KeyProvider = {
    describe: () => answer('describe', () => local.describe()),
    wrap: (key, context) => answer('wrap', () => local.wrap(key, context)),
    unwrap: (key, context) => answer('unwrap', () => local.unwrap(key, context)),
    destroy: ({ key }) => answer(`destroy ${key}`, () => undefined)
  }
  return { keys, asked, state }
}

describe('a key management service', () => {
  test('is asked once a key, by whoever writes and by whoever reads', async () => {
    const { file } = fresh()
    const { keys, asked } = service()
    await talk(file, { keys })
    expect(asked).toEqual(['describe', 'wrap'])
    const copy = copyOf(file)
    await using reader = await openReader(copy, { encryption: { contents: { keys } } })
    const { items } = await reader.query({})
    const call = await reader.get(items[0]?.auditId ?? '')
    expect(JSON.stringify(call?.contents)).toContain('quetzalcoatl')
    const report = await reader.verify()
    expect(report.flaw).toBeUndefined()
    expect(report.encryptedContents).toBeUndefined()
    expect(asked.filter((each) => each === 'unwrap').length).toBeLessThanOrEqual(2)
  })

  test.each(['down', 'hanging'] as const)(
    'that is %s holds up no call: all are recorded once it answers',
    async (is) => {
      const { file } = fresh()
      const { keys, state } = service()
      state.is = is
      const contents = { keys, deadlineMs: 50 }
      const { log, problems } = await openLog({ file, encryption: { contents } })
      const request = { operation: 'chat', provider: 'test', model: 'm', input: WORDS }
      await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
      await expect(log.flush()).rejects.toMatchObject({ code: 'bad_key' })
      expect(filesWith(file, 'quetzalcoatl')).toEqual([])
      expect(problems.map(({ code }) => code)).toContain('bad_key')
      state.is = 'well'
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
      await log.close()
      await using reader = await openReader(file, { encryption: { contents } })
      expect((await reader.query({})).items).toHaveLength(1)
    }
  )
})

describe('the erasure of a subject', () => {
  const reason = 'asked for'

  test('destroys its keys, so that copies cannot be read; those of others go on', async () => {
    const { file, contents } = fresh()
    await talk(file, contents)
    await talk(file, contents, 'u-8')
    const copy = copyOf(file)
    const report = await eraseContents(file, { scope: { user: 'u-7' }, reason })
    expect(report).toMatchObject({ calls: 2, keys: 1 })
    expect(keysOf(file)).toEqual([false, true])
    await using reader = await openReader(file, { encryption: { contents } })
    const verified = await reader.verify()
    expect(verified.flaw).toBeUndefined()
    expect(verified).toMatchObject({ unexplained: 0, encryptedContents: 0 })
    const { items } = await reader.query({ user: 'u-8' })
    expect(JSON.stringify(await reader.get(items[0]?.auditId ?? ''))).toContain('quetzalcoatl')
    // What stands in an older copy is as the log has it now: without the key nothing opens it.
    const database = new Database(copy)
    const wrapped = database
      .prepare('SELECT hex(wrapped) FROM content_keys WHERE id = 1')
      .pluck()
      .get()
    expect(filesWith(file, Buffer.from(String(wrapped), 'hex'))).toEqual([])
    database.close()
  })

  test('gives its next call a new key, also in an application that runs', async () => {
    const { file, contents } = fresh()
    const { log, problems } = await openLog({ file, encryption: { contents } })
    const call = () =>
      log.withContext({ user: 'u-7' }, () =>
        log.record({ operation: 'chat', provider: 'test', input: WORDS }, async () => 'aye')
      )
    await call()
    await log.flush()
    expect(await eraseContents(file, { scope: { user: 'u-7' }, reason })).toMatchObject({ keys: 1 })
    await call()
    await log.close()
    expect(problems).toEqual([])
    expect(keysOf(file)).toEqual([false, true])
    await using reader = await openReader(file, { encryption: { contents } })
    expect((await reader.verify()).flaw).toBeUndefined()
    const { items } = await reader.query({})
    const shown = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    expect(shown.map((each) => each?.contents.output)).toEqual(['aye', undefined])
  })

  test('tells the key service, by whoever can', async () => {
    const { file } = fresh()
    const { keys, asked } = service()
    await talk(file, { keys }, 'u-7', 1)
    await eraseContents(file, { scope: { user: 'u-7' }, reason })
    await talk(file, { keys }, 'u-8', 1)
    expect(asked.filter((each) => each.startsWith('destroy k-'))).toHaveLength(1)
  })

  test('keeps the key while a hold keeps what it encrypted', async () => {
    const { file, contents } = fresh()
    await talk(file, contents)
    const about = { incident: 'INC-7', reason: 'claim' }
    await addHold(file, { ...about, scope: { user: 'u-7' } })
    const held = await eraseContents(file, { scope: { user: 'u-7' }, reason })
    expect(held).toMatchObject({ keys: 0, incidents: ['INC-7'] })
    await releaseHold(file, { ...about, reason: 'settled' })
    expect(await eraseContents(file, { scope: { user: 'u-7' }, reason })).toMatchObject({ keys: 1 })
  })
})

/** Whether each data key of a log is there. */
function keysOf(file: string): boolean[] {
  const database = new Database(file, { readonly: true })
  const sql = 'SELECT wrapped IS NOT NULL FROM content_keys ORDER BY id'
  const found = database.prepare(sql).pluck().all()
  database.close()
  return found.map(Boolean)
}
