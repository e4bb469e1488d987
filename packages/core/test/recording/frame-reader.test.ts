import { wrapFetch } from '@slm-audit/core/adapter'
import { describe, expect, test } from 'vitest'
import { chat } from '../helpers.ts'
import { CHAT, post, wire } from '../watched.ts'
import { framesOf, recordsOf } from './carried.ts'

const lines = {
  ...wire,
  framing: 'ndjson',
  step: (all: unknown, one: unknown) => [...((all as unknown[]) ?? []), one]
} as const

/** Most bytes of a line that come at once. */
const PIECE = 1024 * 1024

/** A stream of lines, some of them long, that ends or hangs. */
function streamOf(count: number, size: number, ends: boolean): Response {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < count) {
        const line = JSON.stringify({ at: at++, text: 'x'.repeat(size) })
        const bytes = new TextEncoder().encode(`${line}\n`)
        for (let from = 0; from < bytes.length; from += PIECE) {
          controller.enqueue(bytes.subarray(from, from + PIECE))
        }
      } else if (ends) controller.close()
      else return new Promise(() => undefined)
      return undefined
    }
  })
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
}

describe('the records that another thread makes of frames', () => {
  test('are those of calls on the wire, in process, of tools and of what is not a call', async () => {
    const run = async (log: Parameters<Parameters<typeof framesOf>[0]>[0]) => {
      const fetch = wrapFetch(log, [wire], async () => Response.json({ words: 'Grüße 😀' }))
      await log.withContext({ user: 'u', tags: { tier: 'gold' } }, async () => {
        await (await fetch(CHAT, { ...post, body: '{"a":"ü"}' })).text()
        const call = log.open({ ...chat, input: ['ä', '\ud800'], settings: { seed: 1 } })
        call.complete({ output: 'ö', toolCalls: [{ id: 't', name: 'find' }] })
        log.tool('find', () => ({ found: true }), { toolCallId: 't' })
        log.annotate(call.auditId, { rating: 5 })
      })
    }
    const { calls, records, problems } = await recordsOf(await framesOf(run, [wire]), [wire])
    expect(problems).toEqual([])
    expect(calls.map(({ contents }) => contents)).toMatchObject([
      { input: { a: 'ü' }, output: { words: 'Grüße 😀' } },
      { input: ['ä', '\ud800'], output: 'ö' },
      { output: { found: true } },
      {}
    ])
    expect(calls[2]?.record.parent).toBe(calls[1]?.auditId)
    for (const { context } of records)
      expect(context).toEqual({ user: 'u', tags: { tier: 'gold' } })
    expect(records.at(-1)).toMatchObject({ kind: 'annotation', event: { rating: 5 } })
  })

  test('are not held up by a frame that says nothing', async () => {
    const frames = await framesOf((log) => {
      for (const output of ['first', 'second']) log.open(chat).complete({ output })
    })
    const emptied = frames.map((frame, at) => (at === 1 ? { ...frame, meta: '{}' } : frame))
    const { calls, problems } = await recordsOf(emptied)
    expect(problems).toEqual(['protocol_failed'])
    expect(calls).toMatchObject([
      { stage: 'received' },
      { stage: 'complete', contents: { output: 'second' } }
    ])
  })

  test('a call that its protocol is not found for is kept as it came', async () => {
    const frames = await framesOf(
      async (log) => {
        const fetch = wrapFetch(log, [wire], async () => Response.json({ b: 2 }))
        await (await fetch(CHAT, { ...post, body: '{"a":1}' })).text()
      },
      [wire]
    )
    const { calls, problems } = await recordsOf(frames, [])
    expect(problems).toEqual([])
    expect(calls).toMatchObject([
      { stage: 'complete', contents: { input: { a: 1 }, output: { b: 2 } } }
    ])
  })

  test('a protocol that nobody finds elsewhere is read before its frames are made', async () => {
    const frames = await framesOf(async (log) => {
      const fetch = wrapFetch(log, [wire], async () => Response.json({ b: 2 }))
      await (await fetch(CHAT, { ...post, body: '{"a":1}' })).text()
      const form = new FormData()
      form.set('c', '3')
      await (await fetch(CHAT, { method: 'POST', body: form })).text()
      await log.flush()
    })
    const { calls } = await recordsOf(frames)
    expect(calls).toMatchObject([
      { record: { call: { provider: 'test' } }, contents: { input: { a: 1 }, output: { b: 2 } } },
      { record: { call: { provider: 'test' } }, contents: { input: { c: '3' } } }
    ])
  })
})

test('a stream of many events whose protocol nobody finds is read in a time that grows with it', async () => {
  const text = '1\n'.repeat(200_000)
  const headers = { 'content-type': 'application/x-ndjson' }
  const run = async (log: Parameters<Parameters<typeof framesOf>[0]>[0]) => {
    const answer = async () => new Response(text, { headers })
    await (await wrapFetch(log, [lines as never], answer)(CHAT, post)).text()
  }
  const { calls } = await recordsOf(await framesOf(run, [lines as never]))
  expect(calls[0]?.contents.output).toHaveLength(200_000)
}, 20_000)

test.each([
  ['read where it is recorded', [lines]],
  ['read before', []]
])('a call ends whose request found no room at its end: %s', async (_, protocols) => {
  let left = 1
  const body = new Blob(['{"a":1}'])
  const frames = await framesOf(
    async (log) => {
      const fetch = wrapFetch(log, [lines], async () => new Response('{"at":1}\n'))
      await (await fetch(CHAT, { ...post, body })).text()
      await log.flush()
      log.open(chat).complete({})
    },
    protocols,
    (meta) => meta.includes('"isLast":true') && left-- > 0
  )
  const { calls, oldest } = await recordsOf(frames, [lines])
  expect(calls.map(({ stage, record }) => [stage, record.event])).toEqual([
    ['complete', undefined],
    ['event', expect.objectContaining({ records: 1 })],
    ['complete', undefined]
  ])
  expect(oldest).toBeUndefined()
  expect(calls[0]?.contents.output).toEqual([{ at: 1 }])
  expect('input' in (calls[0]?.contents ?? {})).toBe(protocols.length > 0)
})

describe('a process that ended at any moment', () => {
  test('leaves calls that are abandoned, with the parts of the answer that came', async () => {
    const frames = await framesOf(
      async (log) => {
        const fetch = wrapFetch(log, [lines], async () => streamOf(30, 10_000, false))
        const reader = (await fetch(CHAT, post)).body?.getReader()
        for (let count = 0; count < 30; count++) await reader?.read()
        log.open(chat)
      },
      [lines]
    )
    const { calls } = await recordsOf(frames, [lines], true)
    expect(calls.map(({ stage, record }) => [stage, record.outcome])).toEqual([
      ['abandoned', { by: 'crash' }],
      ['abandoned', { by: 'crash' }]
    ])
    // What came since the last part of 64 KiB is lost with the process.
    const came = calls[0]?.contents.output as unknown[]
    expect(came.length).toBeGreaterThan(20)
    expect(came[20]).toMatchObject({ at: 20 })
  })

  test('has no open call once all have ended, and the oldest one is known while there are some', async () => {
    const frames = await framesOf((log) => {
      log.open(chat).complete({})
      const open = log.open(chat)
      log.open(chat).complete({})
      open.complete({})
    })
    expect((await recordsOf(frames)).oldest).toBeUndefined()
    expect((await recordsOf(frames.slice(0, -1))).oldest).toBe(3)
  })

  test('whose frames are read again gives records that are skipped where they are stored', async () => {
    const frames = await framesOf((log) => log.open(chat).complete({ output: 1 }))
    const { due } = await recordsOf(frames.map((frame) => ({ ...frame, again: true })))
    expect(due.map(({ record }) => record.retried)).toEqual([true, true])
  })
})

describe('a frame that is lost or damaged costs itself alone', () => {
  test('the one that opened the call: the rest is recorded without the request', async () => {
    const frames = await framesOf(
      async (log) => {
        const fetch = wrapFetch(log, [wire], async () => Response.json({ b: 2 }))
        await (await fetch(CHAT, { ...post, body: '{"a":1}' })).text()
      },
      [wire]
    )
    const { calls, records } = await recordsOf(
      frames.filter(({ kind }) => kind !== 'opened'),
      [wire]
    )
    expect(calls).toMatchObject([{ stage: 'complete', contents: { output: { b: 2 } } }])
    expect(records[0]?.altered).toMatchObject([{ pointer: '/call', what: 'unread' }])
  })

  test('one whose facts are not JSON is reported, and the others are records', async () => {
    const frames = await framesOf((log) => {
      for (let count = 0; count < 3; count++) log.open(chat).complete({ output: count })
    })
    const damaged = frames.map((frame) =>
      frame.sequence === 3 ? { ...frame, meta: frame.meta.slice(1) } : frame
    )
    const { calls, problems } = await recordsOf(damaged)
    expect(problems).toEqual(['protocol_failed'])
    expect(calls.map(({ contents }) => contents.output)).toEqual([0, 1, 2])
  })
})

describe('an answer that is longer than what is held of one', () => {
  const words = {
    ...wire,
    framing: 'ndjson',
    start: () => ({ text: '', last: -1 }),
    step: (all: unknown, event: unknown) => {
      const [{ text }, { at, text: word }] = [all, event] as [
        { text: string },
        { at: number; text: string }
      ]
      return { text: text + word, last: at }
    },
    finish: (all: unknown) => {
      const { text, last } = all as { text: string; last: number }
      return { output: text, finishReasons: [`last_${last}`] }
    }
  } as const

  const MIB = 1024 * 1024
  const small = ['said in many small events', 150_000, 10, 1_500_000] as const
  const large = [
    ['said in large events', 400, 60_000, 16 * MIB],
    ['said in events that are too long to be read', 2, 25 * MIB, 0]
  ] as const
  const readers = [
    ['another thread', [words], [small, ...large]],
    ['the thread of the application, where no other has the protocol', [], large]
  ] as const

  describe.each(readers)('and is read by %s', (_who, found, answers) => {
    const recorded = async (answer: () => Response) => {
      const run = async (log: Parameters<Parameters<typeof framesOf>[0]>[0]) => {
        const fetch = wrapFetch(log, [words], async () => answer())
        for await (const _ of (await fetch(CHAT, post)).body ?? []);
      }
      const { calls, records } = await recordsOf(await framesOf(run, found), found)
      return { call: calls[0], last: records.at(-1) }
    }

    test.each(answers)(
      '%s is read to its end, as far as a content may have it',
      async (_how, count, size, length) => {
        const { call, last } = await recorded(() => streamOf(count, size, true))
        expect(call?.stage).toBe('complete')
        expect(String(call?.contents.output)).toHaveLength(length)
        if (length > 0) expect(last?.response?.finishReasons).toEqual([`last_${count - 1}`])
        const isCut = JSON.stringify(last).includes('truncated')
        expect(isCut).toBe(length !== 1_500_000)
      },
      60_000
    )

    test('that is no stream is cut off', async () => {
      const { call, last } = await recorded(
        () =>
          new Response(streamOf(600, 60_000, true).body, {
            headers: { 'content-type': 'text/plain' }
          })
      )
      expect(call?.stage).toBe('complete')
      expect(String(call?.contents.output).length).toBeLessThan(25 * MIB)
      expect(JSON.stringify(last)).toContain('truncated')
    }, 60_000)
  })
})
