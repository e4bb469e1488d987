import { FilterError, type FilterTree, filterText, parseFilter } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'

const text = (field: string, ...values: string[]) => ({
  is: 'text',
  field,
  values: values.map((value) => (value.includes('*') ? { value, isPattern: true } : { value }))
})
const number = (field: string, compare: string, value: number) => ({
  is: 'number',
  field,
  compare,
  value
})
const all = (...of: unknown[]) => ({ is: 'all', of })
const words = (words: string) => ({ is: 'words', words })

describe('a filter', () => {
  test('of every kind of test becomes a tree', () => {
    const filter =
      'model:qwen* stage:error took:>2s user:u-7 since:2h tokens:>1000 confidence:<0.7 tag.tier:gold "refund policy" -tool:search'
    expect(parseFilter(filter)).toEqual(
      all(
        text('model', 'qwen*'),
        text('stage', 'error'),
        number('took', '>', 2000),
        text('user', 'u-7'),
        { is: 'time', field: 'since', value: '2h' },
        number('tokens', '>', 1000),
        number('confidence', '<', 0.7),
        { is: 'text', field: 'tag', tag: 'tier', values: [{ value: 'gold' }] },
        words('refund policy'),
        { is: 'not', of: text('tool', 'search') }
      )
    )
    expect(filterText(parseFilter(filter))).toBe(filter)
  })

  test.each<[string, unknown]>([
    ['', all()],
    ['  ', all()],
    ['stage:ERROR,open', text('stage', 'error', 'received')],
    ['Error-Type:APIError', text('error', 'APIError')],
    ['user:"a b","c,d"', text('user', 'a b', 'c,d')],
    ['user:"star*"', { is: 'text', field: 'user', values: [{ value: 'star*' }] }],
    ['user:“a b”', text('user', 'a b')],
    ['model:llama3.2:3b', text('model', 'llama3.2:3b')],
    ['parent:*', text('parent', '*')],
    [
      'tag:tier',
      { is: 'text', field: 'tag', tag: 'tier', values: [{ value: '*', isPattern: true }] }
    ],
    ['tag:tier=gold', { is: 'text', field: 'tag', tag: 'tier', values: [{ value: 'gold' }] }],
    ['tag."a b":1', { is: 'text', field: 'tag', tag: 'a b', values: [{ value: '1' }] }],
    ['took:>=300ms', number('took', '>=', 300)],
    ['took:<1.5m', number('took', '<', 90_000)],
    ['took:1s..2s', all(number('took', '>=', 1000), number('took', '<=', 2000))],
    ['tokens.out:<5', number('outputTokens', '<', 5)],
    ['tokens:4k', number('tokens', '=', 4000)],
    ['confidence:<70%', number('confidence', '<', 0.7)],
    ['first:*', number('first', '>=', 0)],
    ['since:2026-01-31T08:00Z', { is: 'time', field: 'since', value: '2026-01-31T08:00:00.000Z' }],
    ['until:"90 min ago"', { is: 'time', field: 'until', value: '90 min ago' }],
    ['refund policy', all(words('refund'), words('policy'))],
    ['refu*', { is: 'words', words: 'refu', isPrefix: true }],
    ['"refund pol"*', { is: 'words', words: 'refund pol', isPrefix: true }],
    ['-refund', { is: 'not', of: words('refund') }],
    ['NOT refund', { is: 'not', of: words('refund') }],
    ['!user:u-7', { is: 'not', of: text('user', 'u-7') }],
    ['e-mail 12:30', all(words('e-mail'), words('12:30'))],
    ['https://a.example/b', words('https://a.example/b')],
    ['TypeError: x', all(words('TypeError:'), words('x'))],
    ['a & b', all(words('a'), words('b'))],
    ['退款', words('退款')],
    ['a OR b c', { is: 'any', of: [words('a'), all(words('b'), words('c'))] }],
    ['(a OR b) c', all({ is: 'any', of: [words('a'), words('b')] }, words('c'))],
    ['a AND b', all(words('a'), words('b'))],
    ['-(a b)', { is: 'not', of: all(words('a'), words('b')) }],
    ['(user:f(x))', text('user', 'f(x)')],
    ['or and not', all(words('or'), words('and'), words('not'))]
  ])('%j is read', (typed, tree) => {
    expect(parseFilter(typed)).toEqual(tree)
  })

  test.each<[string, string, string, string?]>([
    ['modle:qwen*', 'modle', 'there is no field modle; did you mean model?', 'model'],
    ['user:u-7 stag:error', 'stag', 'there is no field stag; did you mean stage?', 'stage'],
    ['stage:eror', 'eror', 'there is no stage eror; did you mean error?', 'error'],
    ['foo:bar', 'foo', 'there is no field foo; put it into double quotes'],
    ['model:', '', 'model needs a value: model:qwen*'],
    ['user:a,', '', 'user needs a value'],
    ['took:>2x', '2x', "took takes a duration: 300ms, 2s, 1.5m or 1h, not '2x'"],
    ['took:2s', '2s', 'say how took is compared: took:>2s or took:<2s'],
    ['took:1s,2s', '2s', 'took is compared with one number; write a range as took:2s..4s'],
    ['took:1s..x', 'x', "not 'x'"],
    ['confidence:>7', '7', 'confidence takes a share: 0.7 or 70%'],
    ['tokens:many', 'many', 'tokens takes a number'],
    ['model:>x', 'x', 'model cannot be compared with >; write it as model:qwen*'],
    ['since:soon', 'soon', "since: cannot read 'soon' as a time"],
    ['since:>2h', '2h', 'since takes one time'],
    ['user.name:x', 'user.name:', 'user has no parts'],
    ['a tag.:x', 'tag.:', 'tag. needs a name behind it: tag.tier:gold'],
    ['score."":>1', 'score."":', 'score. needs a name behind it'],
    ['"refund', '"', 'this quote is not closed'],
    ['(a OR b', '(', 'this ( is not closed'],
    ['a)', ')', 'there is no ( for this )'],
    ['()', '()', 'there is nothing between these'],
    ['a OR', 'OR', 'OR stands between two tests'],
    ['OR a', 'OR', 'OR stands between two tests'],
    ['user:a -', '', ''],
    ['…', '…', 'the filter has no word']
  ])('%j is refused, with the place', (typed, place, problem, nearest) => {
    if (problem === '') {
      expect(parseFilter(typed)).toEqual(text('user', 'a'))
      return
    }
    let error: unknown
    try {
      parseFilter(typed)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(FilterError)
    const found = error as FilterError
    expect(found.code).toBe('bad_query')
    expect(found.problem).toContain(problem)
    expect(found.nearest).toBe(nearest)
    if (place !== '') expect(typed.slice(found.from, found.to).trim()).toBe(place)
    const [, line = '', marks = ''] = found.message.split('\n')
    const at = marks.indexOf('^')
    expect(line.slice(at, at + place.length)).toBe(place)
  })

  test('of many characters shows those around the place', () => {
    const filter = `${'user:u-1 '.repeat(40)}modle:x ${'user:u-1 '.repeat(40)}`
    expect(() => parseFilter(filter)).toThrow(
      /^there is no field modle.*\n {2}….*modle:x.*…\n {2} +\^{5}$/
    )
  })

  test('has bounds, and no text is slow', () => {
    expect(() => parseFilter('('.repeat(30))).toThrow(/no more than 20 groups/)
    expect(() => parseFilter('-'.repeat(5000))).toThrow(/no word/)
    expect(() => parseFilter('a '.repeat(300))).toThrow(/no more than 200 tests/)
    expect(() => parseFilter('a'.repeat(9000))).toThrow(/more than 8192 characters/)
    const began = performance.now()
    for (const part of ['"', '\\"', '-(', '*', ',', 'a:', '“', 'tag.', '((((', 'OR ', '-!']) {
      try {
        parseFilter(part.repeat(8000 / part.length))
      } catch (error) {
        expect(error).toBeInstanceOf(FilterError)
      }
    }
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('the text of a tree', () => {
  const trees: FilterTree[] = [
    'user:"a b","c,d",plain',
    'user:"star*"',
    'user:">x"',
    '"user:u-7"',
    '"OR" b',
    '"-a"',
    'tag:tier tag."a b":"x y"',
    'took:>=1.5s took:<90m tokens:4000 confidence:>=0.125',
    'took:>1234.5ms first:<0.25ms',
    '(a OR b) -(c d) -e',
    'a OR (b (c OR d))',
    'refu* "ref und"*',
    'user:"quo\\"te"',
    'until:"90 min" since:2026-01-31T08:00Z until:2026-01-31T08:00:00.500Z',
    'stage:error,open'
  ].map((each) => parseFilter(each))

  test.each(trees.map((tree) => [filterText(tree), tree]))(
    '%s is read as the same tree',
    (typed, tree) => {
      expect(parseFilter(typed)).toEqual(tree)
      expect(filterText(parseFilter(typed))).toBe(typed)
    }
  )
})
