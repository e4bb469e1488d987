import { expect, test, vi } from 'vitest'
import { endsEvent, lastEvent } from '../../src/wire/last-event.ts'

test('comments behind the last event are each looked at once', () => {
  using decode = vi.spyOn(TextDecoder.prototype, 'decode')
  const comments = Array.from({ length: 1_000 }, () => new TextEncoder().encode(': here\n\n'))
  const event = new TextEncoder().encode('data: {}\n\n')
  const chunks = [event, event, ...comments]
  expect(lastEvent(chunks, 'sse', true)).toHaveLength(comments.length + 1)
  expect(decode.mock.calls.length).toBeLessThan(4 * chunks.length)
})

test('a run of returns in a stream of lines is not walked through with each of them', () => {
  let looks = 0
  const get = (chunks: string[], name: string, self: unknown) => {
    looks++
    return Reflect.get(chunks, name, self) as unknown
  }
  const returns = new Proxy(['{}\n', ...'\r'.repeat(1_000)], { get } as never)
  expect(endsEvent(returns, 1_000, 'ndjson')).toBe(false)
  expect(looks).toBeLessThan(10)
  expect(endsEvent(['{}\r\n'], 0, 'ndjson')).toBe(true)
})
