import { expect, test } from 'vitest'
import { nameOf, seenAndUnseen } from '../src/app/text/unseen.ts'

const shown = (text: string) =>
  seenAndUnseen(text)
    .map((part, place) => (place % 2 === 0 ? part : `[${nameOf(part)}]`))
    .join('')

test.each([
  ['a family of emoji', '👩‍👩‍👧‍👦 and 👩🏿‍🚀, 🏳️‍🌈'],
  ['Persian', 'می‌خواهم'],
  ['Devanagari', 'क्‍ष'],
  ['lines and tabs', 'one\n\ttwo']
])('%s stands as it was written', (_, text) => {
  expect(shown(text)).toBe(text)
})

test.each([
  ['pass\u200dword', 'pass[U+200D]word'],
  ['b\u200canned', 'b[U+200C]anned'],
  ['\u001b[31mred', '[U+001B][31mred'],
  ['bidi \u202eevil\u202c', 'bidi [U+202E]evil[U+202C]'],
  ['zero\u200bwidth\ufeff', 'zero[U+200B]width[U+FEFF]']
])('what hides in %j is named', (text, words) => {
  expect(shown(text)).toBe(words)
})
