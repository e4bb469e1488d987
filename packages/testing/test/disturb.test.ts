import { expect, test } from 'vitest'
import { disturbed, withoutUnknown, withUnknown } from '../src/fixtures/disturb.ts'
import { readFixture } from '../src/fixtures/fixture.ts'
import { isBeginning } from '../src/fixtures/is-beginning.ts'
import { splitsOf } from '../src/fixtures/splits-of.ts'
import { echoBinary, echoChat } from './echo-client.ts'

const fixture = (name: string) => readFixture(new URL(`fixtures/echo-${name}/`, import.meta.url))

test('unknown members stand in every object, and can be taken out again', () => {
  const value = { a: [{ b: 1 }, 'text'], bytes: Uint8Array.of(1) }
  const more = withUnknown({ a: value.a })
  expect(JSON.stringify(more).match(/"x_unknown":\{/g)).toHaveLength(2)
  expect(withoutUnknown(more)).toEqual({ a: value.a })
  expect(withoutUnknown(value)).toEqual(value)
})

test('a disturbed stream has one event more, and unknown members in all of them', () => {
  const streamed = fixture('streamed')
  const lines = new TextDecoder().decode(disturbed(streamed, echoChat)).trim().split('\n')
  const before = new TextDecoder().decode(streamed.answer).trim().split('\n')
  expect(lines).toHaveLength(before.length + 1)
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('x_unknown')
  expect(disturbed(fixture('plain'), echoChat)).toBeDefined()
  expect(disturbed(fixture('binary'), echoBinary)).toBeUndefined()
})

test('answers are split around the ends of frames and inside of characters', () => {
  const { answer, ...rest } = fixture('streamed')
  const bytes = new TextEncoder().encode('{"text":"é"}\n{}\n')
  const places = splitsOf({ ...rest, answer: bytes })
  expect(places).toEqual(expect.arrayContaining([10, 12, 13, 14, 15]))
  expect(Math.min(...places)).toBeGreaterThan(0)
  expect(Math.max(...places)).toBeLessThan(bytes.length)
  expect(splitsOf({ ...rest, answer }).length).toBeGreaterThan(40)
})

test('an answer that came in part begins the whole one', () => {
  const whole = [{ text: 'Hello', status: 'completed', count: 2 }, { text: 'you' }]
  expect(isBeginning([{ text: 'Hel', status: 'in_progress', count: 1 }], whole)).toBe(true)
  expect(isBeginning([{ text: 'Hexl' }], whole)).toBe(false)
  expect(isBeginning([...whole, { text: 'more' }], whole)).toBe(false)
  expect(isBeginning(undefined, whole)).toBe(true)
})
