import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AccessOptions } from '@slm-audit/core/reader'
import { annotateCalls, exportTiles, openReader, openSealedLog, viewOf } from '@slm-audit/sqlite'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { freshFile, openLog } from '../support.ts'

const MAIL = 'bob@example.com'
let file = ''

/** A log of two calls that records who reads it. */
async function writeLog(readAudit = true): Promise<string> {
  const path = freshFile()
  const { log } = await openLog({ file: path, readAudit })
  for (const input of [`refund for ${MAIL}`, 'where is it']) {
    await log.withContext({ session: 's' }, () =>
      log.record({ operation: 'chat', provider: 'p', input }, async () => `to ${MAIL}`)
    )
  }
  await log.close()
  return path
}

beforeEach(async () => {
  file = await writeLog()
})

/** What the log says of accesses, oldest first. */
async function accesses(): Promise<object[]> {
  const { SqliteReader } = await import('../../src/read/reader.ts')
  await using reader = new SqliteReader(file)
  const { items } = await reader.query('kind:access')
  const found: object[] = []
  for (const { auditId } of [...items].reverse()) {
    const call = await reader.get(auditId)
    found.push({ ...call?.record.event, ...call?.contents })
  }
  return found
}

const open = (access: AccessOptions = {}) => openReader(file, { access: { by: 'ann', ...access } })

describe('a log that records who reads it', () => {
  test('does so for each kind of reading, with who, why, what and how many', async () => {
    {
      await using reader = await open({ reason: 'INC-7' })
      const { items } = await reader.query('stage:complete')
      await reader.get(items[0]?.auditId ?? '')
      await reader.session('s')
      await reader.search('refund')
      await reader.prove('2')
      await reader.verify()
      // Figures and keys show no contents.
      await reader.stats()
      await reader.facets('model')
      await reader.keys()
    }
    using log = openSealedLog(file, { access: { by: 'ann' } })
    expect([...log.records()].length).toBeGreaterThan(5)
    const said = { by: 'ann', reason: 'INC-7', view: 'whole' }
    expect(await accesses()).toMatchObject([
      { ...said, action: 'list', what: 'stage:complete', calls: 2 },
      { ...said, action: 'show', calls: 1 },
      { ...said, action: 'prove', what: '2', calls: 1 },
      { ...said, action: 'verify', records: expect.any(Number) },
      { action: 'export', by: 'ann', records: expect.any(Number) }
    ])
  })

  test('records an access before anything is given', async () => {
    await using reader = await open()
    const database = openDatabase(file)
    database.exec(
      `CREATE TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'full'); END`
    )
    const problem = {
      code: 'journal_unavailable',
      message: expect.stringContaining('who reads it')
    }
    await expect(reader.query()).rejects.toMatchObject(problem)
    await expect(reader.get('2')).rejects.toMatchObject(problem)
    expect(() => openSealedLog(file).recordsOf('x')).toThrow('who reads it')
    expect(() => exportTiles(file, join(dirname(file), 'tiles'))).toThrow('who reads it')
    // What is wrong with a log is not held back.
    expect((await reader.verify()).flaw).toBeUndefined()
    database.close()
  })

  test('gives nothing once it is no longer where it was, and makes no log there', async () => {
    await using reader = await open()
    renameSync(file, `${file}.old`)
    await expect(reader.query()).rejects.toMatchObject({
      code: 'journal_unavailable',
      message: expect.stringContaining('deleted or replaced')
    })
    expect(existsSync(file)).toBe(false)
    renameSync(`${file}.old`, file)
    expect((await reader.query()).items.length).toBeGreaterThan(0)
  })

  test('keeps the setting in itself, and takes it to copies', async () => {
    const { log, problems } = await openLog({ file })
    await log.close()
    expect(problems).toEqual([])
    {
      await using reader = await open()
      await reader.query()
    }
    expect(await accesses()).toMatchObject([{ action: 'list', by: 'ann' }])
  })

  test('does not fill itself while a page looks again and again', async () => {
    await using reader = await open()
    for (let at = 0; at < 5; at++) await reader.query()
    expect(await accesses()).toHaveLength(1)
  })

  test('is not suspected for the records of readers without its key', async () => {
    {
      await using reader = await open()
      await reader.query()
    }
    const { log, problems } = await openLog({ file })
    await log.close()
    expect(problems).toEqual([])
    await using reader = await open()
    expect(await reader.verify()).toMatchObject({ signedLate: [], unsigned: 0 })
  })

  test('is not begun by reading', async () => {
    file = await writeLog(false)
    {
      await using reader = await open()
      await reader.query()
    }
    expect(await accesses()).toEqual([])
  })

  test('is not begun by a tag of a call that somebody annotates', async () => {
    file = freshFile()
    const { log } = await openLog({ file })
    const calls: string[] = []
    await log.withContext({ tags: { kind: 'access.audited' } }, () =>
      log.record({ operation: 'chat', provider: 'p', input: 'x' }, async ({ auditId }) => {
        calls.push(auditId)
        return 'y'
      })
    )
    await log.close()
    await annotateCalls(file, { calls, annotation: { note: 'seen' } })
    {
      await using reader = await open()
      await reader.query()
    }
    expect(await accesses()).toEqual([])
  })
})

describe('a reader', () => {
  test.each(['masked', 'none'] as const)(
    'with %s contents is given no address',
    async (contents) => {
      await using reader = await open({ contents })
      const given = [
        await reader.query(),
        await reader.get('2'),
        await reader.session('s'),
        await reader.sessions(),
        await reader.prove('2'),
        await reader.compare({ first: 'stage:complete', second: 'stage:complete' })
      ]
      const text = JSON.stringify(given)
      expect(text).not.toContain(MAIL)
      expect(text.includes('refund for ***')).toBe(contents === 'masked')
      if (contents === 'none') {
        await expect(reader.search('refund')).rejects.toMatchObject({ code: 'denied' })
        await expect(reader.query('refund')).rejects.toMatchObject({ code: 'denied' })
        // How many calls have a word says what is in their contents.
        const all = { first: 'stage:complete', second: 'stage:complete' }
        const asks = [
          () => reader.stats({ filter: 'model:m or refund' }),
          () => reader.sessions('not refund'),
          () => reader.compare({ ...all, first: 'refund' }),
          () => reader.compare({ ...all, second: '(refund)' }),
          () => reader.compare({ ...all, filter: 'refund' })
        ]
        for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'denied' })
        expect((await reader.stats()).rows).toHaveLength(1)
      }
    }
  )

  test('who has figures, or sessions, searched is recorded as who searches', async () => {
    {
      await using reader = await open({ contents: 'masked' })
      for (let at = 0; at < 3; at++) await reader.stats({ filter: 'refund' })
      await reader.sessions('refund')
      await reader.sessions('nobody wrote this')
    }
    expect(await accesses()).toMatchObject([
      { action: 'search', what: 'refund' },
      { action: 'search', what: 'refund', calls: 1 },
      { action: 'search', what: 'nobody wrote this', calls: 0 }
    ])
  })

  const roles = {
    roles: {
      support: { contents: 'masked', needsReason: true },
      whole: { contents: 'whole' },
      ops: { contents: 'none', mayBreakGlass: false }
    },
    people: { ann: 'support', max: 'whole', olga: 'ops' }
  }
  const give = (value: unknown) => writeFileSync(`${file}.roles.json`, JSON.stringify(value))

  test.each([
    [{ by: 'ann', reason: 'T-1' }, 'masked'],
    [{ by: 'max' }, 'whole'],
    [{ by: 'max', contents: 'none' }, 'none'],
    [{ by: 'ann' }, /needs a reason/],
    [{ by: 'ann', reason: 'T-1', contents: 'whole' }, /given contents masked/],
    [{ by: 'eve' }, /no role/],
    [{ by: 'ann', breakGlass: { minutes: 5 } }, /needs a reason/],
    [{ by: 'olga', reason: 'T-1', breakGlass: { minutes: 5 } }, /may not break/],
    [{ by: 'ann', reason: 'T-1', breakGlass: { minutes: 999 } }, /480 at most/]
  ] as const)('asks as %j, and gets %s', async (access, expected) => {
    give(roles)
    if (typeof expected !== 'string') {
      await expect(openReader(file, { access })).rejects.toThrow(expected)
      return
    }
    {
      await using reader = await openReader(file, { access })
      await reader.get('2')
    }
    expect(await accesses()).toMatchObject([{ by: access.by, view: expected }])
  })

  test('who breaks the glass is given all, is marked, and has to do it again', async () => {
    give(roles)
    const access = { by: 'ann', reason: 'fire', breakGlass: { minutes: 5 } }
    await using reader = await openReader(file, { access })
    expect(JSON.stringify(await reader.get('2'))).toContain(MAIL)
    expect(await accesses()).toMatchObject([
      { breakGlass: true, until: expect.any(String), reason: 'fire' }
    ])
    vi.useFakeTimers({ now: Date.now() + 6 * 60_000, toFake: ['Date'] })
    try {
      await expect(reader.get('2')).rejects.toMatchObject({ code: 'denied' })
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    [{ roles: { a: { contents: 'all' } } }, /roles.a.contents must be none, masked or whole/],
    [
      { roles: { a: { contents: 'none' } }, people: { x: 'b' } },
      /people.x must name one of the roles a/
    ],
    [{ role: {} }, /there is no member role/]
  ])('is told what is wrong with roles: %j', async (value, message) => {
    give(value)
    await expect(open()).rejects.toThrow(message)
  })

  test('with masked contents gets no sealed records with contents', async () => {
    using log = openSealedLog(file, { access: { contents: 'masked' } })
    expect(() => log.records()).toThrow(/sealed records hold whole contents/)
    const tiles = join(dirname(file), 'tiles')
    const access = { contents: 'masked' } as const
    expect(() => exportTiles(file, tiles, { access })).toThrow(/sealed records/)
    expect(exportTiles(file, tiles, { access, contents: false })).toBeGreaterThan(4)
  })

  test('has the role whatever link leads to the log', async () => {
    give({ roles: { watch: { contents: 'none' } }, others: 'watch' })
    const link = freshFile()
    symlinkSync(file, link)
    using log = openSealedLog(link)
    expect(() => log.records()).toThrow(/is given contents none/)
    expect(() => exportTiles(link, `${link}-tiles`)).toThrow(/is given contents none/)
    expect(viewOf(link)).toBe('none')
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'a log on read-only ground is verified, and shows nothing',
  () => {
    chmodSync(dirname(file), 0o755)
    chmodSync(file, 0o444)
    const program = `
    import { openReader } from '@slm-audit/sqlite'
    await using reader = await openReader(${JSON.stringify(file)})
    const { checked } = await reader.verify()
    console.log(checked > 5, await reader.query().catch((error) => error.code))`
    const options = {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '..')
    } as const
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], options)
    expect(out.trim()).toBe('true journal_unavailable')
  }
)
