import { canonicalize } from '@slm-audit/core/exporter'
import { describe, expect, test } from 'vitest'

describe('canonical JSON (RFC 8785)', () => {
  test('writes the example of section 3.2.2 as section 3.2.3 does', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false]
    }
    expect(canonicalize(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
  })

  test('sorts keys by UTF-16 code units, not by code points', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      ö: 7
    }
    expect(Object.values(JSON.parse(canonicalize(value)))).toHaveLength(7)
    expect(canonicalize(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}'
    )
  })

  test('leaves out undefined members and keeps __proto__ as a name', () => {
    expect(canonicalize({ a: undefined, b: 1 })).toBe('{"b":1}')
    expect(canonicalize(JSON.parse('{"__proto__":1,"a":2}'))).toBe('{"__proto__":1,"a":2}')
  })

  test.each([
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['NaN', Number.NaN],
    ['an infinity', [Number.POSITIVE_INFINITY]],
    ['a BigInt', 1n],
    ['a function', () => 1]
  ])('refuses %s', (_name, value) => {
    expect(() => canonicalize(value)).toThrow(expect.objectContaining({ code: 'bad_record' }))
  })
})
