import { describe, expect, test } from 'vitest'
import { memoryLog } from '../../../testing/src/index.ts'
import { type Protocol, wrapFetch } from '../../src/index.ts'

const named: Protocol<unknown[]> = {
  name: 'test.named',
  matches: () => true,
  readRequest: () => ({ operation: 'chat', provider: 'test' }),
  readResponse: (body) => ({ output: body }),
  start: () => [],
  step: (events, event, name) => [...events, [name, event]],
  isLast: (_event, name) => name === 'stop',
  finish: (events) => ({ output: events })
}

async function callOf(pieces: readonly string[], type: string, read: (body: Response) => unknown) {
  const { log, calls } = memoryLog()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
    }
  })
  const response = new Response(body, { headers: { 'content-type': type } })
  const fetch = wrapFetch(log, [named as Protocol], async () => response)
  await read(await fetch('http://x/', { method: 'POST' }))
  return (await calls())[0]
}

/** Takes as many chunks, then stops reading. */
const taking = (count: number) => async (response: Response) => {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  for (let index = 0; index < count; index++) await reader.read()
  await reader.cancel()
}

describe('events of a protocol', () => {
  test('carry their names to step and isLast', async () => {
    const pieces = ['event: go\ndata: {"a":1}\n\n', 'event: stop\ndata: {}\n\n']
    const call = await callOf(pieces, 'text/event-stream', taking(2))
    expect(call?.stage).toBe('complete')
    expect(call?.contents.output).toEqual([
      ['go', { a: 1 }],
      ['stop', {}]
    ])
  })

  test('are last also when the last one came in several pieces', async () => {
    const pieces = ['event: go\ndata: {}\n\nevent: st', 'op\nda', 'ta: {}\n\n']
    expect((await callOf(pieces, 'text/event-stream', taking(3)))?.stage).toBe('complete')
    expect((await callOf(pieces, 'text/event-stream', taking(2)))?.stage).toBe('cancelled')
  })

  test.each([
    [
      'what the protocol calls last',
      'event: go\r\ndata: {"a":1}\r\n\r\nevent: stop\r\ndata: {}\r\n\r\n'
    ],
    ['the end mark', 'event: go\ndata: {"a":1}\n\ndata: [DONE]\n\n']
  ])('end the call with their blank line, byte by byte, too: %s', async (_what, text) => {
    const whole = await callOf([text], 'text/event-stream', taking(1))
    const bytes = await callOf([...text], 'text/event-stream', taking(text.length))
    expect(bytes?.stage).toBe('complete')
    expect(bytes?.contents).toEqual(whole?.contents)
    const cut = await callOf([...text], 'text/event-stream', taking(text.length - 5))
    expect(cut?.stage).toBe('cancelled')
  })
})

test('an answer of sounds is read as bytes, and its digest kept', async () => {
  const { log, calls } = memoryLog()
  const sound = Uint8Array.of(0xff, 0xfb, 0x90, 0x00)
  const headers = { 'content-type': 'audio/mpeg' }
  const fetch = wrapFetch(log, [named as Protocol], async () => new Response(sound, { headers }))
  const answer = await fetch('http://x/', { method: 'POST' })
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(sound)
  const [call] = await calls()
  expect(call?.contents.output).toMatchObject({ media: { bytes: 4 } })
})
