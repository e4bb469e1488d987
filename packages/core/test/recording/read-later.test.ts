import { describe, expect, test } from 'vitest'
import { wrapFetch } from '../../src/index.ts'
import { callsOf, newLog } from '../helpers.ts'
import { CHAT, post, wire } from '../watched.ts'

type Fetch = typeof globalThis.fetch

const encode = (text: string) => new TextEncoder().encode(text)
const lines = {
  ...wire,
  framing: 'ndjson',
  step: (all: unknown, one: unknown) => [...((all as unknown[]) ?? []), one]
} as const

async function recorded(
  run: (fetch: Fetch) => Promise<void>,
  base: Fetch,
  mode: 'async' | 'blocking-strict' = 'async'
) {
  const { log, journal, problems } = newLog({ mode })
  await run(wrapFetch(log, [lines], base))
  await log.flush()
  expect(problems).toEqual([])
  return callsOf(journal.records)
}

describe('what the application changes after it has it is not in the record', () => {
  const streamed = async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of ['{"a":1}\n', '{"b":2}\n']) controller.enqueue(encode(piece))
        controller.close()
      }
    })
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
  }
  const expected = [{ stage: 'complete', contents: { output: [{ a: 1 }, { b: 2 }] } }]

  test('the bytes of a reader, overwritten', async () => {
    const run = async (fetch: Fetch) => {
      const reader = ((await fetch(CHAT, post)).body as ReadableStream<Uint8Array>).getReader()
      for (let read = await reader.read(); !read.done; read = await reader.read())
        read.value.fill(0)
    }
    expect(await recorded(run, streamed)).toMatchObject(expected)
  })

  test('the bytes of an iterated body, given to another thread', async () => {
    const run = async (fetch: Fetch) => {
      for await (const chunk of (await fetch(CHAT, post)).body ?? []) {
        structuredClone(chunk, { transfer: [chunk.buffer] })
      }
    }
    expect(await recorded(run, streamed)).toMatchObject(expected)
  })

  test('the items of an iterable', async () => {
    const { log, journal } = newLog()
    const items = async function* () {
      yield { words: ['a'], more: Uint8Array.of(1) as unknown }
      yield { words: ['b'], more: () => 'code' }
      yield { words: ['c'], more: new URL('http://host/') }
    }
    const chat = { operation: 'chat', provider: 'test' }
    for await (const item of log.record(chat, items)) item.words.push('mine')
    await log.flush()
    const [call] = callsOf(journal.records)
    expect(call?.contents.output).toMatchObject([
      { words: ['a'], more: { media: { bytes: 1 } } },
      { words: ['b'] },
      { words: ['c'], more: 'http://host/' }
    ])
  })

  test('the headers of a response', async () => {
    const run = async (fetch: Fetch) => {
      const response = await fetch(CHAT, post)
      await response.text()
      response.headers.set('content-type', 'audio/mpeg')
      response.headers.set('x-request-id', 'other')
    }
    const base = async () => {
      const response = await streamed()
      response.headers.set('x-request-id', 'own')
      return response
    }
    const calls = await recorded(run, base)
    expect(calls).toMatchObject(expected)
    expect(calls[0]?.record.response?.requestId).toBe('own')
  })
})

describe('a request that waits for its record leaves as it was given', () => {
  const sent = async (change: (input: URL, init: RequestInit) => void, init: () => RequestInit) => {
    const seen: unknown[] = []
    const base: Fetch = async (input, given) => {
      const request = new Request(input, given)
      seen.push([
        request.url,
        request.method,
        Object.fromEntries(request.headers),
        await request.text()
      ])
      return Response.json(1)
    }
    const run = async (fetch: Fetch) => {
      const input = new URL(CHAT)
      const own = init()
      const answer = fetch(input, own)
      change(input, own)
      await (await answer).json()
    }
    await run(base)
    await recorded(run, base, 'blocking-strict')
    return seen
  }

  const zero = '0'.charCodeAt(0)
  const cases: {
    readonly [name: string]: readonly [
      given: () => RequestInit,
      change: (input: URL, init: RequestInit) => void
    ]
  } = {
    address: [() => ({}), (input) => Object.assign(input, { pathname: '/other' })],
    method: [() => ({}), (_input, init) => Object.assign(init, { method: 'PUT' })],
    body: [() => ({}), (_input, init) => Object.assign(init, { body: '[]' })],
    bytes: [
      () => ({ body: encode('{}') }),
      (_input, { body }) => void (body as Uint8Array).fill(zero)
    ],
    'bytes of Node': [
      () => ({ body: Buffer.from('{}') }),
      (_input, { body }) => void (body as Uint8Array).fill(zero)
    ],
    buffer: [
      () => ({ body: encode('{}').buffer as ArrayBuffer }),
      (_input, { body }) => void new Uint8Array(body as ArrayBuffer).fill(zero)
    ],
    parameters: [
      () => ({ body: new URLSearchParams({ a: '1' }) }),
      (_input, { body }) => (body as URLSearchParams).set('a', '2')
    ],
    'plain headers': [
      () => ({ headers: { a: '1' } }),
      (_input, { headers }) => Object.assign(headers as object, { a: '2' })
    ],
    'list of headers': [
      () => ({ headers: [['a', '1']] }),
      (_input, { headers }) => void (headers as string[][]).push(['b', '1'])
    ],
    headers: [
      () => ({ headers: new Headers({ a: '1' }) }),
      (_input, { headers }) => (headers as Headers).set('a', '2')
    ]
  }
  test.each(Object.entries(cases))('its %s', async (_what, [given, change]) => {
    const [control, audited] = await sent(change, () => ({ ...post, ...given() }))
    expect(audited).toEqual(control)
  })
})
