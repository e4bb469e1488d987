import { filterTree, parseFilter } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import {
  hasText,
  hasTimes,
  testOf,
  toggled,
  withTimes,
  withWords
} from '../src/app/text/filter-words.ts'

describe('what a click adds to a filter', () => {
  test.each(['u-7', 'a,b', '>5', '=x', '“quoted”', 'a "b" \\', '(x)', 'x*', '', '-x', 'a:b'])(
    'a test of the value %j is read as that value',
    (value) => {
      const asked = { is: 'text', values: [{ value }] }
      expect(parseFilter(testOf('user', value))).toMatchObject({ ...asked, field: 'user' })
      expect(parseFilter(testOf('tag.tier', value))).toMatchObject({ ...asked, tag: 'tier' })
    }
  )

  test('narrows all parts of an OR, and goes again', () => {
    const either = 'stage:error OR user:u-7'
    const narrow = toggled(either, 'model:m')
    expect(parseFilter(narrow)).toEqual({
      is: 'all',
      of: [parseFilter(either), parseFilter('model:m')]
    })
    expect(parseFilter(toggled(narrow, 'model:m'))).toEqual(parseFilter(either))
    const timed = withTimes(either, 0, 1_000)
    expect(parseFilter(timed)).toMatchObject({ is: 'all', of: [parseFilter(either), {}, {}] })
    expect(hasTimes(timed)).toBe(true)
    expect(withTimes(timed, 0, 1_000)).toBe(timed)
    expect(withWords(withTimes(timed), 'since:1h')).toBe(`(${either}) since:1h`)
    expect(withTimes(`${either} since:1h`, 0)).toMatch(/^\(.* since:1h\) since:1970/)
  })

  test('leaves what is no OR as it is', () => {
    for (const q of ['', 'refund', '"this OR that"', '(a OR b) c', 'ORDER 7', 'user:a(OR']) {
      expect(withWords(q, 'x')).toBe(`${q} x`.trim())
    }
    expect(filterTree(withWords('', 'since:1h'))).toMatchObject({ is: 'time' })
  })
})

test('a filter that looks for words is told from one that does not', () => {
  for (const q of ['refund', 'user:u-7 refund', '"refund policy"', '(a OR b) model:x', 'a OR b']) {
    expect(hasText(q), q).toBe(true)
  }
  for (const q of [
    '',
    'user:u-7',
    '-refund',
    'user:a OR user:b',
    '(user:a OR tag.tier:x)',
    'took:>2s'
  ]) {
    expect(hasText(q), q).toBe(false)
  }
})
