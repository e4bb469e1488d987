import { completeFilter, type ValuesOf } from '@slm-audit/core/reader'
import { expect, test } from 'vitest'

const VALUES: { readonly [field: string]: readonly string[] } = {
  model: ['qwen3:4b', 'qwen3:4b-2507', 'llama3.2:3b'],
  user: ['>5', '“a”', 'b'],
  tag: ['tier', 'a b'],
  'tag.tier': ['gold', 'free']
}

const valuesOf: ValuesOf = async (field, { beginning, tag }) => {
  const values = VALUES[tag === undefined ? field : `${field}.${tag}`]
  if (!values) throw new Error('not listed')
  return values.filter((each) => each.startsWith(beginning)).map((value) => ({ value, calls: 2 }))
}

test.each<[string, string, readonly string[]]>([
  ['mo', 'mo', ['model:']],
  ['user:u-7 st', 'st', ['stage:', 'status:']],
  ['-mo', 'mo', ['model:']],
  ['(mo', 'mo', ['model:']],
  ['model:', '', ['qwen3:4b', 'qwen3:4b-2507', 'llama3.2:3b']],
  ['model:qwen3:4b-', 'qwen3:4b-', ['qwen3:4b-2507']],
  ['model:qwen3:4b,ll', 'll', ['llama3.2:3b']],
  ['stage:c', 'c', ['complete', 'cancelled']],
  ['since:2', '2', ['24h']],
  ['took:', '', ['>2s']],
  ['took:>', '', ['>2s']],
  ['user:', '', ['">5"', '"“a”"', 'b']],
  ['tag.', 'tag.', ['tag.tier:', 'tag."a b":']],
  ['tag.tier:g', 'g', ['gold']],
  ['session:S', 'S', []],
  ['"a phrase ', '"a phrase ', []],
  ['refund ', '', ['model:', 'stage:']]
])('%j can go on', async (text, word, texts) => {
  const { from, items } = await completeFilter(text, valuesOf)
  expect(text.slice(from)).toBe(word)
  const found = items.map((item) => item.text)
  expect(
    texts.length > 0 && word === '' && texts[0] === 'model:' ? found.slice(0, 2) : found
  ).toEqual(texts)
  for (const { about } of items) expect(about).not.toBe('')
})
