import { afterEach, expect, test } from 'vitest'
import { ownMembers, parse, stringify } from '../../src/base/json-text.ts'
import { decodeServerSentEvents } from '../../src/wire/decode.ts'

const SHARED = Object.prototype
const before = Object.getOwnPropertyDescriptors(SHARED)
afterEach(() => {
  Reflect.deleteProperty(SHARED, 'silent')
  Object.defineProperties(SHARED, before)
})

/** Runs with a member on all objects, where the runtime leaves `__proto__` out, as Deno does. */
function polluted<T>(run: () => T): T {
  Reflect.deleteProperty(SHARED, '__proto__')
  Object.defineProperty(SHARED, 'silent', { value: true, configurable: true })
  return run()
}

test('what all objects have is in nothing that is read, also where the runtime gives them less', () => {
  const [parsed, given, event] = polluted(() => [
    parse('{"a":{}}'),
    ownMembers({ a: {} }),
    decodeServerSentEvents('data: {"a":{}}\n\n')[0]
  ])
  const { data } = event as { readonly data: unknown }
  for (const value of [parsed, given, data]) expect('silent' in (value as object)).toBe(false)
  expect('silent' in (parsed as { readonly a: object }).a).toBe(false)
})

test('without members on all objects, values are as the language gives them', () => {
  const parsed = parse('{"a":[{"b":1}]}') as { readonly a: readonly object[] }
  expect(Object.getPrototypeOf(parsed)).toBe(SHARED)
  expect(Object.getPrototypeOf(parsed.a[0])).toBe(SHARED)
  const given = { a: 1 }
  expect(ownMembers(given)).toBe(given)
  expect(stringify({ at: new Date(0), own: { toJSON: () => 'said' } })).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","own":"said"}'
  )
})
