import { type Protocol, wrapFetch } from '@slm-audit/core'
import { tapIterable } from '@slm-audit/core/adapter'
import { describe, expect, test } from 'vitest'
import { both } from '../../src/streams/tap-iterator.ts'
import { callsOf, newLog } from '../helpers.ts'

const encoder = new TextEncoder()

/** Answers whose text is the output, so that a test sees which bytes were recorded. */
const plain: Protocol<string> = {
  name: 'test.plain',
  framing: 'ndjson',
  matches: (url) => url.hostname === 'model',
  readRequest: (body) => ({ operation: 'chat', provider: 'test', input: body }),
  readResponse: (body) => ({ output: body }),
  start: () => '',
  step: (text, event) => text + String(event),
  finish: (output) => ({ output })
}

/** An answer in three pieces. */
function answer(): Response {
  const pieces = ['"a"\n', '"b"\n', '"c"\n'].map((piece) => encoder.encode(piece))
  return new Response(
    new ReadableStream<Uint8Array>({
      type: 'bytes',
      pull(controller) {
        const piece = pieces.shift()
        if (piece) controller.enqueue(piece as Uint8Array<ArrayBuffer>)
        else {
          controller.close()
          // Typed as the controller of a stream without bytes.
          ;(controller as unknown as ReadableByteStreamController).byobRequest?.respond(0)
        }
      }
    })
  )
}

async function collect(stream: ReadableStream<Uint8Array> | null): Promise<string> {
  let text = ''
  for await (const piece of stream ?? []) text += new TextDecoder().decode(piece)
  return text
}

describe('a response, however it is read, gives the same to reader and record', () => {
  const whole = '"a"\n"b"\n"c"\n'
  const ways: readonly [string, (response: Response) => Promise<string>][] = [
    ['text()', (response) => response.text()],
    ['arrayBuffer()', async (response) => new TextDecoder().decode(await response.arrayBuffer())],
    ['bytes()', async (response) => new TextDecoder().decode(await response.bytes())],
    ['for await over body', (response) => collect(response.body)],
    [
      'a reader',
      async (response) => {
        const reader = response.body?.getReader()
        let text = ''
        for (;;) {
          const part = await reader?.read()
          if (!part || part.done) return text
          text += new TextDecoder().decode(part.value)
        }
      }
    ],
    [
      'a BYOB reader whose buffer is filled again',
      async (response) => {
        const reader = response.body?.getReader({ mode: 'byob' })
        let buffer = new ArrayBuffer(2)
        let text = ''
        for (;;) {
          const part = await reader?.read(new Uint8Array(buffer))
          if (!part || part.done) return text
          text += new TextDecoder().decode(part.value)
          buffer = part.value.buffer as ArrayBuffer
        }
      }
    ],
    [
      'both branches of tee()',
      async (response) => {
        const [left, right] = response.body?.tee() ?? [null, null]
        const texts = await Promise.all([collect(left), collect(right)])
        expect(texts[0]).toBe(texts[1])
        return texts[0]
      }
    ],
    [
      'pipeThrough()',
      (response) => collect(response.body?.pipeThrough(new TransformStream()) ?? null)
    ],
    [
      'pipeTo()',
      async (response) => {
        let text = ''
        const write = (piece: Uint8Array) => {
          text += new TextDecoder().decode(piece)
        }
        await response.body?.pipeTo(new WritableStream({ write }))
        return text
      }
    ],
    [
      'a clone and then the original',
      async (response) => {
        expect(await response.clone().text()).toBe(whole)
        return collect(response.body)
      }
    ]
  ]

  test.each(ways)('%s', async (_name, read) => {
    const { log, journal, problems } = newLog()
    const response = await wrapFetch(log, [plain], async () => answer())('http://model/')
    expect(response).toBeInstanceOf(Response)
    expect(Object.keys(response)).toEqual([])
    expect(await read(response)).toBe(whole)
    await log.close()
    const [call] = callsOf(journal.records)
    expect([call?.stage, call?.contents['output']]).toEqual(['complete', 'abc'])
    expect(problems).toEqual([])
  })

  test('cancel() before the end is the consumer stopping', async () => {
    const { log, journal } = newLog()
    const response = await wrapFetch(log, [plain], async () => answer())('http://model/')
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await log.close()
    const [call] = callsOf(journal.records)
    expect([call?.stage, call?.contents['output']]).toEqual(['cancelled', 'a'])
  })

  test('a Request with a body of its own, and its method', async () => {
    const { log, journal } = newLog()
    const seen: string[] = []
    const base = async (input: RequestInfo | URL) => {
      seen.push(await (input as Request).text())
      return Response.json('yes')
    }
    const request = new Request('http://model/', { method: 'POST', body: '{"q":1}' })
    await (await wrapFetch(log, [plain], base)(request)).json()
    await log.close()
    expect(seen).toEqual(['{"q":1}'])
    expect(callsOf(journal.records)[0]?.contents).toEqual({ input: { q: 1 }, output: 'yes' })
  })

  test('requests that no protocol knows pass untouched', async () => {
    const { log, journal } = newLog()
    const response = answer()
    expect(await wrapFetch(log, [plain], async () => response)('http://elsewhere/')).toBe(response)
    await log.close()
    expect(journal.records).toEqual([])
  })
})

test('an iterable that is not its own iterator is tapped each time it is read', async () => {
  const seen: unknown[] = []
  const source = {
    async *[Symbol.asyncIterator]() {
      yield 1
      yield 2
    }
  }
  const observer = {
    next: (value: number) => void seen.push(value),
    end: () => void seen.push('end') as undefined,
    fail: () => undefined,
    cancel: () => void seen.push('cancel')
  }
  expect(tapIterable(source, observer)).toBe(source)
  for await (const value of source) if (value === 1) break
  for await (const _value of source);
  expect(seen).toEqual([1, 'cancel', 1, 2, 'end'])
})

test('of two who watch, each hears that the rest is read out of sight, or else that it is over', () => {
  const told: string[] = []
  const observer = (name: string) => ({
    next: () => undefined,
    end: () => undefined,
    fail: () => undefined,
    cancel: () => void told.push(`${name} stopped`)
  })
  const unread = () => void told.push('first unread')
  both({ ...observer('first'), unread }, observer('second')).unread?.()
  expect(told).toEqual(['first unread', 'second stopped'])
})
