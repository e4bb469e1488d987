import { openReader } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { freshFile, openLog } from '../support.ts'
import { copyOf, filesWith, fresh, service, talk, WORDS } from './contents-support.ts'

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
    expect(items[0]).toMatchObject({ question: `${WORDS} u-8 in turn 1`, answer: 'aye' })
    expect(items[0]?.encrypted).toBeUndefined()
    expect(call?.encrypted).toBeUndefined()
    const report = await reader.verify()
    expect(report).toMatchObject({ verdict: 'unanchored', absentContents: 0, unexplained: 0 })
    expect(report.flaw).toBeUndefined()
    expect(report.encryptedContents).toBe(0)
  })

  test('stay closed to whoever has no key, or another, which verify says', async () => {
    const { file } = await log()
    const copy = copyOf(file)
    await using reader = await openReader(copy)
    const { items } = await reader.query({})
    const call = await reader.get(items[0]?.auditId ?? '')
    expect(items).toHaveLength(2)
    expect(items[0]?.encrypted).toMatch(/^k-/)
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

describe('a key management service', () => {
  test('is asked once a key, and for what it has wrapped, by whoever writes and by whoever reads', async () => {
    const { file } = fresh()
    const { keys, asked } = service()
    await talk(file, { keys })
    expect(asked.splice(0)).toEqual(['describe', 'wrap', 'unwrap'])
    const copy = copyOf(file)
    await using reader = await openReader(copy, { encryption: { contents: { keys } } })
    const { items } = await reader.query({})
    const call = await reader.get(items[0]?.auditId ?? '')
    expect(JSON.stringify(call?.contents)).toContain('quetzalcoatl')
    const report = await reader.verify()
    expect(report.flaw).toBeUndefined()
    expect(report.encryptedContents).toBe(0)
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
