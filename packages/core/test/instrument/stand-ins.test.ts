import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { wrapFetch } from '../../src/index.ts'
import { tapResponse } from '../../src/streams/tap-response.ts'
import { callsOf, newLog } from '../helpers.ts'
import { CHAT, post, wire } from '../watched.ts'

type Fetch = typeof globalThis.fetch

/** Gives each character of what it is given as a text. */
function singly(): TransformStream<Uint8Array, string> {
  return new TransformStream({
    transform(bytes, controller) {
      for (const character of new TextDecoder().decode(bytes)) controller.enqueue(character)
    }
  })
}

/** What an application's tests give their client in place of a response, or of a fetch. */
const json = async () => ({ words: 1 })
const text = async () => '{"words":1}'
const TEXT = '{"words":"é 😀"}'
const headers = new Headers({ 'content-type': 'application/json' })

async function callOf(base: unknown, read: (response: Response) => unknown) {
  const { log, journal, problems } = newLog()
  const fetch = wrapFetch(log, [wire], base as Fetch)
  const expected = await read(await (base as Fetch)(CHAT, post))
  expect(await read(await fetch(CHAT, post))).toEqual(expected)
  await log.flush()
  expect(problems).toEqual([])
  return callsOf(journal.records)[0]
}

describe('stand-ins for responses work as they do without a log, and are recorded', () => {
  test.each([
    ['an object with json() alone', { ok: true, json }],
    ['an object with status and json()', { ok: true, status: 200, json }],
    ['an object with headers and json()', { ok: true, status: 200, headers, json }],
    ['an object whose headers are plain', { status: 200, headers: { a: 'b' }, json }],
    ['an object with all methods', { status: 200, headers, json, text }],
    ['an object without a prototype', Object.assign(Object.create(null), { status: 200, json })],
    [
      'an object of a class without text()',
      new (class {
        status = 200
        headers = headers
        json = json
      })()
    ],
    [
      'an object of a class with json() of its own',
      new (class {
        status = 200
        headers = headers
        json() {
          return json()
        }
      })()
    ]
  ])('%s', async (_what, given) => {
    const call = await callOf(
      async () => given,
      (response) => response.json()
    )
    expect(call).toMatchObject({ stage: 'complete', contents: { output: { words: 1 } } })
  })

  test('methods that are called on nothing, or give no promise', async () => {
    const base = async () => ({ status: 200, json: () => ({ words: 1 }) })
    const call = await callOf(base, ({ json: read }) => read())
    expect(call).toMatchObject({ stage: 'complete', contents: { output: { words: 1 } } })
  })

  test('a method that rejects', async () => {
    const base = async () => ({ json: () => Promise.reject(new RangeError('none left')) })
    const call = await callOf(base, (response) => response.json().catch(String))
    expect(call).toMatchObject({ stage: 'error', record: { outcome: { type: 'RangeError' } } })
  })

  test('a proxy of a response, which nobody sees through', async () => {
    const get = (target: Response, name: string) => {
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    }
    const base = async () => new Proxy(Response.json({ words: 1 }), { get } as never)
    const call = await callOf(base, (response) => response.json())
    expect(call?.stage).toBe('received')
  })

  test('an object whose body is a stream', async () => {
    const base = async () => ({ status: 200, ok: true, body: new Blob(['{"words":1}']).stream() })
    const call = await callOf(base, (response) => new Response(response.body).text())
    expect(call).toMatchObject({ stage: 'complete', contents: { output: { words: 1 } } })
  })

  test.each([
    ['a web stream', () => new Blob([TEXT]).stream().pipeThrough(singly())],
    ['a stream of Node', () => Readable.from([...TEXT])],
    [
      'a stream of Node that was told an encoding',
      () =>
        Readable.from(
          [...Buffer.from(TEXT)].map((byte) => Buffer.of(byte)),
          { objectMode: false }
        ).setEncoding('utf8')
    ]
  ])('an object whose body gives texts: %s', async (_what, bodyOf) => {
    const base = async () => ({ status: 200, ok: true, headers, body: bodyOf() })
    const call = await callOf(base, async ({ body }) => {
      let read = ''
      for await (const piece of body as AsyncIterable<unknown>) read += String(piece)
      return read
    })
    expect(call).toMatchObject({ stage: 'complete', contents: { output: { words: 'é 😀' } } })
  })

  test('one object that answers several calls', async () => {
    const { log, journal } = newLog()
    const answer = { status: 200, json }
    const fetch = wrapFetch(log, [wire], (async () => answer) as unknown as Fetch)
    for (const _call of [1, 2, 3]) await (await fetch(CHAT, post)).json()
    await log.flush()
    const complete = { stage: 'complete', contents: { output: { words: 1 } } }
    expect(callsOf(journal.records)).toMatchObject([complete, complete, complete])
  })

  test('one object that is taken again and again, whose watchers of old are let go', async () => {
    const answer = { json }
    let ends = 0
    const observer = {
      next: () => undefined,
      end: () => void ends++,
      fail: () => undefined,
      cancel: () => undefined
    }
    const count = 20_000
    for (let taken = 0; taken < count; taken++) {
      tapResponse(answer, observer)
      await answer.json()
    }
    expect(ends).toBe(count)
  })

  test('a fetch that gives no promise', async () => {
    const call = await callOf(
      () => Response.json({ words: 1 }),
      (response) => response.json()
    )
    expect(call).toMatchObject({ stage: 'complete', contents: { output: { words: 1 } } })
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x']
  ])('a fetch that gives %s', async (_what, given) => {
    const call = await callOf(
      async () => given,
      (response) => response ?? 'none'
    )
    expect(call?.stage).toBe('abandoned')
  })
})
