import type { Reader } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, freshFile, openLog } from '../support.ts'

describe('reading', () => {
  const file = freshFile()
  let log: Awaited<ReturnType<typeof openLog>>['log']
  let reader: Reader

  beforeAll(async () => {
    ;({ log } = await openLog({ file }))
    for (let index = 0; index < 30; index++) {
      const context = {
        session: `s${index % 3}`,
        user: `u${index % 2}`,
        tags: { tier: index % 5, vip: true }
      }
      const request = {
        ...chat,
        model: index % 2 ? 'small' : 'tiny',
        input: [{ role: 'user', content: `Question ${index}: où est le café?` }]
      }
      await log.withContext(context, () =>
        log.record(request, async () => (index === 7 ? 'A refund, of course.' : `Answer ${index}.`))
      )
    }
    await log
      .record({ ...chat, operation: 'embeddings' }, () => Promise.reject(new Error('boom')))
      .catch(() => 0)
    log.annotate('x', { rating: 1 })
    await log.flush()
    reader = await openReader(file)
  })
  afterAll(async () => {
    await reader[Symbol.asyncDispose]()
    await log.close()
  })

  test.each([
    [{}, 31],
    [{ session: 's1' }, 10],
    [{ session: 's1', user: 'u0' }, 5],
    [{ model: 'small' }, 15],
    [{ stage: 'error' as const }, 1],
    [{ operation: 'embeddings' }, 1],
    [{ tag: 'vip' }, 30],
    [{ tag: 'tier=3' }, 6],
    [{ kind: 'annotation' }, 1],
    [{ since: '2999-01-01' }, 0],
    [{ until: '2999-01-01', provider: 'test' }, 31]
  ])('%j finds %i', async (filter, count) => {
    expect((await reader.query(filter)).items).toHaveLength(count)
  })

  test('pages are stable while calls are added', async () => {
    const first = await reader.query({}, { limit: 10 })
    await log.record({ ...chat, operation: 'late' }, async () => 1)
    await log.flush()
    const ids = first.items.map(({ auditId }) => auditId)
    let { cursor } = first
    while (cursor !== undefined) {
      const page = await reader.query({}, { limit: 10, cursor })
      ids.push(...page.items.map(({ auditId }) => auditId))
      cursor = page.cursor
    }
    expect(ids).toHaveLength(31)
    expect(new Set(ids).size).toBe(31)
  })

  test.each([
    ['refund', 1],
    ['REFUND of', 1],
    ['refund question', 1],
    ['"of course"', 1],
    ['"course of"', 0],
    ['cafe', 30],
    ['café 12', 1],
    ['boom', 1],
    ['absent', 0],
    [`refund" OR "x`, 0],
    ['NEAR(refund, 3) *', 0]
  ])('searching %s finds %i', async (text, count) => {
    expect((await reader.search(text)).items).toHaveLength(count)
  })

  test('a search shows where the words stand, newest first, with a filter', async () => {
    const { items } = await reader.search('café', { session: 's1' }, { limit: 2 })
    expect(items.map(({ snippet }) => snippet)).toEqual([
      'Question 28: où est le [café]?',
      'Question 25: où est le [café]?'
    ])
  })

  test('search pages hold each call once', async () => {
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await reader.search(
        'le',
        {},
        { limit: 7, ...(cursor !== undefined && { cursor }) }
      )
      ids.push(...page.items.map(({ auditId }) => auditId))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect([ids.length, new Set(ids).size]).toEqual([30, 30])
  })

  test.each([
    [() => reader.query({ sesion: 's' } as never), /no filter sesion/],
    [
      () => reader.query({ since: 'yesterday-ish' }),
      /since: cannot read 'yesterday-ish' as a time/
    ],
    [() => reader.query({ user: { id: 1 } } as never), /user must be a text/],
    [() => reader.query({}, { cursor: 'zzz' }), /the cursor is not from this log/],
    [() => reader.query({}, { limit: 0 }), /limit must be a whole number/],
    [() => reader.search('***'), /the search has no word/]
  ])('%s is refused', async (run, message) => {
    await expect(run()).rejects.toMatchObject({
      code: 'bad_query',
      message: expect.stringMatching(message)
    })
  })

  test('get takes a prefix that one call has, and names the calls that share it', async () => {
    const { items } = await reader.query({}, { limit: 1 })
    const id = items[0]?.auditId ?? ''
    expect((await reader.get(id))?.auditId).toBe(id)
    expect((await reader.get(id.slice(0, -2)))?.auditId).toBe(id)
    expect(await reader.get('ffff')).toBeUndefined()
    await expect(reader.get(id.slice(0, 4))).rejects.toThrow(/more than one record begins with/)
  })
})

test('a search finds the words of contents of any shape, but no base64', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  const input = { question: { de: 'Wo ist der Kühlschrank?' }, key: `${'A'.repeat(300)} ` }
  log.open({ ...chat, input }).complete({ output: [{ score: 1, label: 'kitchen' }] })
  await log.close()
  await using reader = await openReader(file)
  const found = async (text: string) => (await reader.search(text)).items.length
  expect(await Promise.all(['kuhlschrank', 'kitchen', 'A'.repeat(300)].map(found))).toEqual([
    1, 1, 0
  ])
})

test('JSON that was damaged is read as text, and keeps nothing from being found', async () => {
  const file = freshFile()
  const { log, journal } = await openLog({ file })
  const { append } = journal
  journal.append = (pending) =>
    append.call(
      journal,
      pending.map((one) => ({
        ...one,
        contents: one.contents.map((content) => ({ ...content, type: 'application/json' }))
      }))
    )
  const call = log.open({ ...chat, input: '{"no": json' })
  call.complete({ output: 'the answer' })
  await log.flush()
  await using reader = await openReader(file)
  expect((await reader.get(call.auditId))?.contents.input).toBe('{"no": json')
  expect((await reader.search('answer')).items).toHaveLength(1)
  await log.close()
  expect((await reader.search('json')).items).toHaveLength(1)
})
