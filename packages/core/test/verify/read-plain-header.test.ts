import { describe, expect, test } from 'vitest'
import { canonicalize } from '../../src/base/canonical.ts'
import { readPlainHeader } from '../../src/verify/read-plain-header.ts'

const LOG = '{"contents":{},"index":7,"origin":"example.com/log"}'
const FACTS = { at: 'now', auditId: 'a', kind: 'call', stage: 'completed' }
const NAMES = ['at', 'auditId', 'kind', 'log', 'stage', 'a"t', 'log\\', 'l\u0001og', 'é', '', 'sdk']
const SCALARS = [
  ...[LOG, `"log":${LOG}`, ',"log":', '\\', '"', '},"at":"x', 'é😀', '\n\t\b', '\u2028\u0000'],
  ...[JSON.parse(LOG), null, true, false, 0, -1, 1e21, 1.5e-7, -0.25, 12, {}, []]
]

/** Numbers below `end` that are the same in every run (Park and Miller's generator). */
function newRandom(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (state * 48_271) % 2_147_483_647
    return state % end
  }
}

/** Members with look-alikes of a header's at every depth. */
function members(random: (end: number) => number, depth = 0): { [name: string]: unknown } {
  const name = () => NAMES[random(NAMES.length)] ?? ''
  const value = (): unknown => {
    const kind = depth > 3 ? 0 : random(6)
    if (kind === 4) return members(random, depth + 1)
    if (kind === 5) return Object.values(members(random, depth + 1))
    return SCALARS[random(SCALARS.length)]
  }
  return Object.fromEntries(Array.from({ length: random(6) }, () => [name(), value()]))
}

/** A header, one in four without all that a header has. */
function header(random: (end: number) => number): string {
  const some = members(random)
  const whole = { ...some, ...FACTS, log: JSON.parse(LOG) }
  return canonicalize(random(4) > 0 ? whole : { ...whole, ...some })
}

/** What JSON.parse says of a header whose `log` must be the text given. */
function parsed(text: string): unknown {
  const { at, auditId, kind, stage, log } = JSON.parse(text)
  expect(canonicalize(log)).toBe(LOG)
  return { at, auditId, kind, stage }
}

describe('a header that is read without JSON.parse', () => {
  test('says what JSON.parse says', () => {
    const random = newRandom(1)
    let read = 0
    for (let run = 0; run < 5000; run++) {
      const text = header(random)
      const facts = readPlainHeader(text, LOG)
      if (facts) expect(facts, text).toEqual(parsed(text))
      if (facts) read++
    }
    expect(read).toBeGreaterThan(2000)
  })

  test('is given up or says what JSON.parse says, whatever is changed in it', () => {
    const random = newRandom(2)
    const added = ['', ...'"\\{}[],:0-.eEu at\n1é', '"log":', '"at":"x",', '\\u0061', '01', 'null']
    let read = 0
    for (let run = 0; run < 20_000; run++) {
      let text = header(random)
      for (let change = random(2); change >= 0; change--) {
        const at = random(text.length)
        text = text.slice(0, at) + added[random(added.length)] + text.slice(at + random(3))
      }
      const facts = readPlainHeader(text, LOG)
      if (facts) expect(facts, text).toEqual(parsed(text))
      if (facts) read++
    }
    expect(read).toBeGreaterThan(200)
  })

  const plain = canonicalize({ ...FACTS, log: JSON.parse(LOG) })
  const deep = `"b":${'['.repeat(40_000)}${']'.repeat(40_000)}`
  test.each([
    ['white space', ` ${plain}`],
    ['more behind it', `${plain}1`],
    ['a second log', plain.replace('"stage"', '"log":1,"stage"')],
    ['a second log in disguise', plain.replace('"stage"', '"l\\u006fg":1,"stage"')],
    ['a second time', plain.replace('"stage"', '"at":"then","stage"')],
    ['a log one level down', `{"a":${plain.replace('"stage"', '"n":1},"stage"')}`],
    ['a log that goes on', plain.replace(LOG, `${LOG}1`)],
    ['much in it', plain.replace('"kind"', `${deep},"kind"`)]
  ])('is given up for %s', (_, text) => {
    expect(readPlainHeader(plain, LOG)).toEqual(FACTS)
    expect(text).not.toBe(plain)
    expect(readPlainHeader(text, LOG)).toBeUndefined()
  })
})
