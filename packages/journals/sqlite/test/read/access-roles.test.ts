import { symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AccessOptions } from '@slm-audit/core/reader'
import { exportTiles, openReader, openSealedLog, viewOf } from '@slm-audit/sqlite'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { freshFile } from '../support.ts'
import { accessesIn, MAIL, writeLog } from './access-support.ts'

let file = ''

beforeEach(async () => {
  file = await writeLog()
})

const accesses = () => accessesIn(file)
const open = (access: AccessOptions = {}) => openReader(file, { access: { by: 'ann', ...access } })

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

  test('reads nothing where the roles are a link that leads nowhere', async () => {
    symlinkSync(`${file}.gone`, `${file}.roles.json`)
    await expect(open()).rejects.toMatchObject({ code: 'bad_policy' })
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
