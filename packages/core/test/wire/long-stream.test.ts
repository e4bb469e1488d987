import { expect, test } from 'vitest'
import type { Protocol } from '../../src/adapter.ts'
import { LongStream } from '../../src/wire/long-stream.ts'

type Said = { readonly said: string; readonly reason?: string }

const words: Protocol<Said[]> = {
  name: 'test.words',
  matches: () => true,
  readRequest: () => ({ operation: 'chat', provider: 'test', input: undefined }),
  readResponse: () => ({}),
  start: () => [],
  step: (all, event) => [...all, event as Said],
  finish: (all) => ({
    output: all.map(({ said }) => said.length),
    finishReasons: all.flatMap(({ reason }) => reason ?? [])
  })
}

const event = (event: Said) => `data: ${JSON.stringify(event)}\n\n`

/** A stream that has said too much by now. */
function cutStream(): LongStream {
  const stream = new LongStream(words as Protocol, 'sse', 5_000)
  stream.add([event({ said: '' })])
  stream.add([event({ said: '.'.repeat(6_000) })])
  for (let at = 0; at < 500; at++) stream.add([event({ said: '.'.repeat(100) })])
  expect(stream.isCut).toBe(true)
  return stream
}

test.each([
  ['short', 10, [10]],
  ['long', 60_000, [60_000]],
  // As a server ends that says all of its answer once more.
  ['longer than what is kept of others', 900_000, [900_000]],
  ['longer, with others after it', 900_000, [900_000, 5, 5]],
  ['longer, twice', 900_000, [700_000, 900_000]]
])('the last events of a stream that is cut off are read: %s', (_, most, sizes) => {
  const stream = cutStream()
  for (const [at, size] of sizes.entries()) {
    stream.add([event({ said: 'é'.repeat(size), reason: `last ${at}` })])
  }
  const { output, finishReasons } = stream.finish()
  const last = (output as number[]).slice(-sizes.length)
  expect(Math.max(...last)).toBe(most)
  expect(finishReasons?.at(-1)).toBe(`last ${sizes.length - 1}`)
})

test('what came after a long event takes its place', () => {
  const stream = cutStream()
  stream.add([event({ said: 'x'.repeat(300_000) })])
  for (let at = 0; at < 100; at++) stream.add([event({ said: '.'.repeat(20_000) })])
  const { output } = stream.finish()
  expect((output as number[]).slice(-8)).toEqual(Array.from({ length: 8 }, () => 20_000))
  expect(Math.max(...(output as number[]))).toBe(20_000)
})
