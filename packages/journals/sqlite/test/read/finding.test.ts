import { existsSync, rmSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { pendingEvent } from '@slm-audit/core/journal'
import type { CallFilter, Reader } from '@slm-audit/core/reader'
import { openReader, reindex } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { openForWriting } from '../../src/store/open-database.ts'
import { rowOf, Writer } from '../../src/store/writer.ts'
import { chat, freshFile, openLog } from '../support.ts'

/** The members of a call that filters look at, all in a few values. */
interface Facts {
  readonly auditId: string
  readonly receivedAt: string
  readonly user: string
  readonly session: string
  readonly tenant?: string
  readonly model: string
  readonly answered: string
  readonly stage: string
  readonly errorType?: string
  readonly tags: { readonly [name: string]: unknown }
  readonly words: string
}

const TAGS = [{ tier: 'Gold!' }, { tier: 'gold' }, { 'a b': 1, tier: 'ü' }, {}]

/** Records calls whose facts follow from their number; the first half is in the index file. */
async function someCalls(file: string, count: number): Promise<Facts[]> {
  const facts: Facts[] = []
  for (const half of [0, 1]) {
    const { log } = await openLog({ file })
    for (let at = half * (count / 2); at < ((half + 1) * count) / 2; at++) {
      const [user, session, tenant] = [`u-${at % 7}`, `S ${at % 5}`, at % 3 ? 't' : undefined]
      const [model, answered] = [`M/${at % 4}`, at % 2 ? `M/${at % 4}` : `m/${at % 4}`]
      const tags = TAGS[at % 4] ?? {}
      const words = `word${at % 6} shared ${at % 11 === 0 ? 'rare' : 'usual'}`
      const context = { user, session, tags, ...(tenant !== undefined && { tenant }) }
      const call = log.withContext(context, () => log.open({ ...chat, model, input: words }))
      const isError = at % 9 === 0
      if (isError) call.fail(new RangeError('out of range'))
      else call.complete({ model: answered, output: `answer${at % 3}` })
      facts.push({
        ...{ auditId: call.auditId, receivedAt: '', user, session, model, tags },
        ...(tenant !== undefined && { tenant }),
        ...{ answered: isError ? model : answered, stage: isError ? 'error' : 'complete' },
        ...(isError && { errorType: 'RangeError' }),
        words: isError ? `${words} out of range` : `${words} answer${at % 3}`
      })
    }
    await log.flush()
    if (half === 0) await log.close()
    else if (existsSync(`${file}-index`)) await log.flush()
  }
  return facts
}

function passes(call: Facts, filter: CallFilter): boolean {
  const { user, session, tenant, model, stage, errorType, tag } = filter
  const [name = '', value] = tag?.split('=') ?? []
  return (
    (user === undefined || call.user === user) &&
    (session === undefined || call.session === session) &&
    (tenant === undefined || call.tenant === tenant) &&
    (model === undefined || call.model === model || call.answered === model) &&
    (stage === undefined || call.stage === stage) &&
    (errorType === undefined || call.errorType === errorType) &&
    (tag === undefined ||
      (name in call.tags && (value ?? call.tags[name]) === `${call.tags[name]}`) ||
      (name in call.tags && value === undefined))
  )
}

async function allOf(
  ask: (page: { limit: number; cursor?: string }) => ReturnType<Reader['query']>
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await ask({ limit: 7, ...(cursor !== undefined && { cursor }) })
    expect(page).not.toHaveProperty('behind')
    ids.push(...page.items.map(({ auditId }) => auditId))
    cursor = page.cursor
  } while (cursor !== undefined)
  return ids
}

const FILTERS: readonly CallFilter[] = [
  ...[{}, { user: 'u-3' }, { user: 'U-3' }, { user: 'u' }, { session: 'S 1' }, { session: 'S' }],
  ...[
    { tenant: 't' },
    { model: 'M/1' },
    { model: 'm/0' },
    { model: 'm/1' },
    { stage: 'error' as const }
  ],
  ...[
    { errorType: 'RangeError' },
    { errorType: 'rangeerror' },
    { tag: 'tier' },
    { tag: 'tier=gold' }
  ],
  ...[{ tag: 'tier=Gold!' }, { tag: 'tier=ü' }, { tag: 'a b' }, { tag: 'a b=1' }, { tag: 'tier=' }],
  ...[
    { user: 'u-0', stage: 'error' as const },
    { user: 'u-1', session: 'S 1', tag: 'tier' }
  ]
]
const TEXTS = [
  'shared',
  'rare',
  'rare answer1',
  'word3 usual',
  '"word3 shared"',
  '"shared word3"',
  'nowhere'
]

describe.each(['half of it in the index file', 'no index file', 'made anew'])(
  'a log, %s',
  (state) => {
    test('gives what each filter and search means, newest first, page by page', async () => {
      const file = freshFile()
      const facts = await someCalls(file, 120)
      if (state === 'no index file') {
        for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}-index${suffix}`, { force: true })
      }
      if (state === 'made anew') expect(await reindex(file)).toMatchObject({ skipped: [] })
      await using reader = await openReader(file)
      const newest = facts.toReversed()
      for (const filter of FILTERS) {
        const expected = newest.filter((call) => passes(call, filter))
        const ids = expected.map(({ auditId }) => auditId)
        expect(await allOf((page) => reader.query(filter, page)), JSON.stringify(filter)).toEqual(
          ids
        )
        for (const text of TEXTS) {
          const holding = expected.filter(({ words }) => holds(words, text))
          const found = await allOf((page) => reader.search(text, filter, page))
          expect(found, `${text} ${JSON.stringify(filter)}`).toEqual(
            holding.map(({ auditId }) => auditId)
          )
        }
      }
    })
  }
)

function holds(words: string, text: string): boolean {
  return text.startsWith('"')
    ? words.includes(text.slice(1, -1))
    : text.split(' ').every((word) => words.split(' ').includes(word))
}

describe('times', () => {
  test('are found in any order of the clock', async () => {
    const file = freshFile()
    const database = openForWriting(file, 'memory', 'example.com/log')
    const writer = new Writer(database, 'writer')
    const at = (day: number) => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`
    const days = Array.from({ length: 28 }, (_, each) => ((each * 13) % 28) + 1)
    for (const day of days) {
      const one = pendingEvent('note', {})
      const head = one.head.replace(/"at":"[^"]*"/, `"at":"${at(day)}"`)
      writer.append([rowOf({ ...one, head })])
    }
    database.close()
    await reindex(file)
    await using reader = await openReader(file)
    const found = await reader.query({ kind: 'note', since: at(5), until: at(9) })
    const expected = days.filter((day) => day >= 5 && day < 9).reverse()
    expect(found.items.map(({ receivedAt }) => receivedAt)).toEqual(expected.map(at))
  })
})

describe('a log without an index', () => {
  async function longLog(): Promise<string> {
    const file = freshFile()
    const database = openForWriting(file, 'memory', 'example.com/log')
    const writer = new Writer(database, 'writer')
    for (let at = 0; at < 9000; at += 500) {
      const pending = Array.from({ length: 500 }, () => pendingEvent('note', {}))
      writer.append(pending.map((one) => rowOf(one)))
    }
    database.close()
    return file
  }

  test('is looked at within bounds, says so, and does not hold up the event loop', async () => {
    const file = await longLog()
    await using reader = await openReader(file)
    let turns = 0
    let isDone = false
    const asked = reader.query({ kind: 'note' }, { limit: 1000 }).finally(() => {
      isDone = true
    })
    while (!isDone) {
      turns++
      await setImmediate()
    }
    expect(turns).toBeGreaterThan(100)
    const page = await asked
    expect(page.items).toHaveLength(1000)
    expect(page.behind).toBe(9000 - 8192)
    expect(existsSync(`${file}-index`)).toBe(false)
    await expect
      .poll(async () => (await reader.query({ kind: 'note' })).behind, { timeout: 30_000 })
      .toBeUndefined()
  })

  test('is looked at all the same after a request that no thread can be sent', async () => {
    await using reader = await openReader(await longLog())
    const page = { limit: 2, onPage: () => undefined }
    await expect(reader.query({ kind: 'note' }, page)).rejects.toThrow(/could not be cloned/)
    expect((await reader.query({ kind: 'note' }, { limit: 3 })).items).toHaveLength(3)
  })

  test('is looked at as a whole where that is asked for', async () => {
    const file = await longLog()
    await using reader = await openReader(file)
    let [count, cursor]: [number, string | undefined] = [0, undefined]
    do {
      const more = cursor === undefined ? {} : { cursor }
      const page = await reader.query({ kind: 'note' }, { limit: 1000, complete: true, ...more })
      expect(page).not.toHaveProperty('behind')
      count += page.items.length
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(count).toBe(9000)
  })
})

describe('contents that cannot be indexed as they are', () => {
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  test.each<[name: string, input: unknown]>([
    ['an unbroken word of 16 MB', 'A'.repeat(16e6)],
    ['an unbroken word beyond ASCII', 'ä'.repeat(5e6)],
    ['12 MB of words', 'word '.repeat(2.4e6)],
    ['base64 in a list', [{ role: 'user', content: 'QUJD'.repeat(250_000) }]],
    ['4 MB of Chinese', '漢'.repeat(14e5)],
    ['marks without a letter', '\u0301'.repeat(1e6)],
    ['odd characters', '\u001b[2J\ufdd0k\ue000\u202e\u0000\ud800'],
    ['itself', cyclic]
  ])('%s: the calls around it are found, and it is told', async (_, input) => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ ...chat, input: 'an ordinary refund' }, async () => 'ok')
    await log.record({ ...chat, input }, async () => 'fine answer')
    await log.record({ ...chat, input: 'another refund' }, async () => 'ok')
    await log.flush()
    await using reader = await openReader(file)
    expect((await reader.search('refund')).items).toHaveLength(2)
    expect((await reader.search('fine answer')).items).toHaveLength(1)
    await log.close()
    const { skipped } = await reindex(file)
    const isCut = typeof input === 'string' && input.length > 2 ** 20
    expect(skipped.map(({ reason }) => reason)).toEqual(
      isCut ? [expect.stringMatching(/^input: the first 1048576 of \d+ characters/)] : []
    )
    expect((await reader.search('refund')).items).toHaveLength(2)
    expect((await reader.search('fine answer')).items).toHaveLength(1)
  })
})
