import { describe, expect, test } from 'vitest'
import { memoryLog } from '../../../testing/src/index.ts'
import { isObject } from '../../src/base/json.ts'
import { type Protocol, wrapFetch } from '../../src/index.ts'
import { readError } from '../../src/protocol/readers/read-error.ts'

/** Events as they came; an event `{ stop }` is the last, one of type `failure` tells of an error. */
const eventful: Protocol<unknown[]> = {
  name: 'test.events',
  framing: 'sse',
  matches: () => true,
  readRequest: () => ({ operation: 'chat', provider: 'test' }),
  readResponse: (body) => ({ output: { inOnePiece: body } }),
  start: () => [],
  step: (events, event, name) => [...events, name === undefined ? event : [name, event]],
  isLast: (event) => isObject(event) && 'stop' in event,
  finish(events) {
    const failed = events.find(
      (event) =>
        (Array.isArray(event) && event[0] === 'error') ||
        (isObject(event) && ('error' in event || event.type === 'failure'))
    )
    const error = readError(failed)
    return { ...(events.length > 0 && { output: events }), ...(error && { error }) }
  }
}
const lines: Protocol<unknown[]> = { ...eventful, framing: 'ndjson' }

const SSE = 'text/event-stream'

interface Told {
  readonly pieces: readonly string[]
  readonly type?: string
  readonly protocol?: Protocol<unknown[]>
  /** How many chunks the application takes before it stops; all, unless given. */
  readonly taken?: number
}

async function callOf({ pieces, type = SSE, protocol = eventful, taken }: Told) {
  const { log, calls } = memoryLog()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
      if (taken === undefined) controller.close()
    }
  })
  const headers = type === '' ? {} : { 'content-type': type }
  const fetch = wrapFetch(log, [protocol as Protocol], async () => new Response(body, { headers }))
  const response = await fetch('http://x/', { method: 'POST' })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  if (taken === undefined) while (!(await reader.read()).done);
  else {
    for (let count = 0; count < taken; count++) await reader.read()
    await reader.cancel()
  }
  const [call] = await calls()
  return call
}

describe('a consumer that stops at the last event has the whole answer, whatever is around it', () => {
  test.each([
    ['a comment behind it, in one piece', ['data: 1\n\n', 'data: {"stop":1}\n\n: ping\n\n']],
    ['a comment behind the end mark', ['data: 1\n\n', 'data: [DONE]\n\n: ping\n\n']],
    ['comments behind it', ['data: 1\n\n', 'data: [DONE]\n\n', ': ping\n\n', ': ping\n\n']],
    ['an event behind it', ['data: 1\n\n', 'data: {"stop":1}\n\ndata: {}\n\n']],
    ['its id and retry behind its data', ['data: [DONE]\nid: 7\nretry: 5\n\n']],
    ['its id between name and data', ['event: end\nid: 7\ndata: {"stop":1}\n\n']],
    ['data in several lines', ['data: {\ndata: "stop": 1\ndata: }\n\n']],
    ['lines that end with CR', ['data: 1\r\r', 'data: {"stop":1}\r\r']]
  ])('%s', async (_what, pieces) => {
    const call = await callOf({ pieces, taken: pieces.length })
    expect(call?.stage).toBe('complete')
  })

  test('in lines, with a blank one behind it', async () => {
    const pieces = ['{"a":1}\n', '{"stop":1}\n\r\n']
    const told = { pieces, type: 'application/x-ndjson', protocol: lines }
    expect((await callOf({ ...told, taken: 2 }))?.stage).toBe('complete')
    expect((await callOf({ ...told, taken: 1 }))?.stage).toBe('cancelled')
  })
})

test.each([
  ['by its name', 'event: error\nid: 7\ndata: {"message":"boom"}\n\n'],
  ['by a member, with an id behind it', 'data: {"error":{"message":"boom"}}\nid: 7\n\n'],
  ['in the way of its own format', 'data: {"type":"failure","message":"boom"}\n\n']
])('an error in mid-stream, at which clients stop, is an error: %s', async (_how, event) => {
  const call = await callOf({ pieces: ['data: 1\n\n', event], taken: 2 })
  expect(call?.stage).toBe('error')
})

describe('a body in another form than announced keeps its words', () => {
  test.each(['', 'text/plain', SSE])('JSON as "%s"', async (type) => {
    const call = await callOf({ pieces: ['{"a":', '1}'], type })
    expect(call).toMatchObject({
      stage: 'complete',
      contents: { output: { inOnePiece: { a: 1 } } }
    })
  })

  test.each([
    ['', eventful],
    ['text/html', eventful],
    [SSE, eventful],
    ['text/html', lines]
  ])('a page as "%s"', async (type, protocol) => {
    const call = await callOf({ pieces: ['<html>', 'busy</html>'], type, protocol })
    expect(call).toMatchObject({ stage: 'error', contents: { output: '<html>busy</html>' } })
    expect(call?.record.outcome?.type).toBe('malformed_response')
  })

  test.each([': ping\n\n', 'data: [DONE]\n\n', 'data: {"cut', 'retry: 5\n\n', ''])(
    'what has no events is not a stream of them: %j',
    async (text) => {
      expect(await callOf({ pieces: [text] })).toMatchObject({ stage: 'complete', contents: {} })
    }
  )
})

test.each(['\n', ''])('a last event without its blank line came, too: %j', async (end) => {
  const call = await callOf({ pieces: [`data: {"a":1}\n\ndata: {"b":2}${end}`] })
  expect(call?.contents.output).toEqual([{ a: 1 }, { b: 2 }])
})

test.each<[string, unknown]>([
  ['{"detail":"Not found"}', { detail: 'Not found' }],
  ['[1]', [1]],
  ['{}', {}]
])('a body that the protocol does not know is the answer as it is: %s', async (text, output) => {
  const protocol = { ...eventful, readResponse: () => ({ toolCalls: [], finishReasons: [] }) }
  const call = await callOf({ pieces: [text], type: 'application/json', protocol })
  expect(call).toMatchObject({ stage: 'complete', contents: { output } })
})
