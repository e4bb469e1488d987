import { messageOf } from '@slm-audit/core/journal'
import { expect, test } from 'vitest'

const circular: { self?: unknown; words: string } = { words: 'w' }
circular.self = circular

test.each([
  ['an Error', new Error('words'), 'words'],
  ['a text', 'words', 'words'],
  ['an object with a message alone', { message: 'words' }, 'words'],
  ['an object with more', { message: 'words', code: 502 }, '{"message":"words","code":502}'],
  ['an object without a message', { error: { message: 'words' } }, '{"error":{"message":"words"}}'],
  ['an object without JSON', circular, '[object Object]'],
  ['an error of another realm', Object.create({ message: 'words' }), 'words'],
  ['nothing', undefined, 'undefined'],
  ['errors in one', new AggregateError([new Error('one'), 'two'], ''), 'one\ntwo'],
  [
    'errors in errors',
    new AggregateError([new AggregateError([new Error('one')], 'in')], 'out'),
    'out\nin\none'
  ]
])('%s keeps its words when it is thrown', (_name, thrown, words) => {
  expect(messageOf(thrown)).toBe(words)
})

test('a value that throws when it is read is said to be one', () => {
  const thrown = new Proxy(
    {},
    {
      get() {
        throw new Error('no')
      }
    }
  )
  expect(messageOf(thrown)).toBe('a value that cannot be shown')
})
