import { wrapFetch } from '@slm-audit/core/adapter'
import { expect, test } from 'vitest'
import { CHAT, post, wire } from '../watched.ts'
import { framesOf, recordsOf } from './carried.ts'

const words = {
  ...wire,
  framing: 'ndjson',
  step: (all: unknown, one: unknown) => [...((all as unknown[]) ?? []), one]
} as const

const NO_ROOM = 'there was no room for a part of it'
/** How the frames are read: by another thread, or before they are made. */
const readers = [
  ['by another thread', [words]],
  ['before', []]
] as const

/** A body that comes in pieces. */
function inPieces(pieces: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    }
  })
}

/** The first call of a request and an answer in pieces, of which some find no room. */
async function recorded(
  protocols: readonly (typeof words)[],
  isFull: (meta: string) => boolean = () => false,
  isKept: (meta: string) => boolean = () => true
) {
  const frames = await framesOf(
    async (log) => {
      const lines = Array.from(
        { length: 5 },
        (_, at) => `${JSON.stringify('x'.repeat(70_000 + at))}\n`
      )
      const headers = { 'content-type': 'application/x-ndjson' }
      const fetch = wrapFetch(log, [words], async (request) => {
        await (request as Request).text()
        return new Response(inPieces(lines), { headers })
      })
      const body = inPieces(['{"a":', '"one ', 'and ', 'two"}'])
      const response = await fetch(
        new Request(CHAT, { ...post, body, duplex: 'half' } as RequestInit)
      )
      for await (const _ of response.body ?? []);
      await log.flush()
    },
    protocols,
    isFull
  )
  const kept = frames.filter(({ meta }) => isKept(meta))
  const { calls, records } = await recordsOf(kept, protocols, kept.length < frames.length)
  return { call: calls[0], altered: records.flatMap((record) => record.altered ?? []) }
}

/** Whether a frame is the nth part of the request or of the answer. */
function nth(of: 'request' | 'answer', at: number): (meta: string) => boolean {
  let seen = 0
  return (meta) => {
    const isPart =
      of === 'request' ? meta.includes('"of":"request"') : meta.startsWith('{"answer":')
    return isPart && seen++ === at
  }
}

test.each(readers)('what came whole has no mark: read %s', async (_who, protocols) => {
  const { call, altered } = await recorded(protocols)
  expect(call?.contents.input).toEqual({ a: 'one and two' })
  expect(call?.contents.output).toHaveLength(5)
  expect(altered).toEqual([])
})

test('a piece of the request that found no room is marked, and what came is kept', async () => {
  const { call, altered } = await recorded([words], nth('request', 1))
  expect(call?.stage).toBe('complete')
  expect(call?.contents.input).toBe('{"a":and two"}')
  expect(altered).toContainEqual({ pointer: '/input', what: 'unread', reason: NO_ROOM })
})

test('a part of the answer that found no room is marked, and what came is kept', async () => {
  const { call, altered } = await recorded([words], nth('answer', 1))
  expect(call?.contents.output).toHaveLength(4)
  expect(altered).toContainEqual({ pointer: '/output', what: 'unread', reason: NO_ROOM })
})

test('a request that is read here and finds no room is marked', async () => {
  const { call, altered } = await recorded([], nth('request', 0))
  expect(call?.stage).toBe('complete')
  expect(altered).toContainEqual({ pointer: '/input', what: 'unread', reason: NO_ROOM })
})

test('a process that ends while a request is sent leaves what came, with a mark', async () => {
  let left = 3
  const { call, altered } = await recorded([words], undefined, () => left-- > 0)
  expect(call?.stage).toBe('abandoned')
  expect(call?.contents.input).toBe('{"a":"one ')
  const reason = 'not all of the request came'
  expect(altered).toContainEqual({ pointer: '/input', what: 'unread', reason })
})
