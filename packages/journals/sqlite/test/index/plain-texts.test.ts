import { isPlain, tokensOf } from '@slm-audit/core/store'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('')
const TEXTS = [
  ASCII,
  ASCII.repeat(3),
  'It’s é',
  'Don\'t PAY order-42 twice_over, "please"!\r\n\tThen\u0000 stop.',
  ...[126, 127, 128, 129, 256].flatMap((length) => [
    'w'.repeat(length),
    `${'a b '.repeat(40)}${'W1'.repeat(length / 2)}-${'z'.repeat(length)} end`,
    `${'-'.repeat(length)}${'q'.repeat(length)}`
  ])
]

test('of a plain text full-text search makes the words that searches look for', () => {
  const database = openDatabase('')
  database.exec(`CREATE VIRTUAL TABLE texts USING fts5 (body, content = '', tokenize = 'ascii');
    CREATE VIRTUAL TABLE words USING fts5vocab ('texts', 'instance')`)
  const add = database.prepare('INSERT INTO texts (rowid, body) VALUES (?, ?)')
  const words = database.prepare('SELECT term FROM words WHERE doc = ? ORDER BY offset').pluck()
  const plain = TEXTS.filter(isPlain)
  for (const [at, text] of plain.entries()) {
    add.run(at, text)
    expect(words.all(at), text).toEqual(tokensOf(text))
  }
  database.close()
  expect(plain).toHaveLength(9)
})

test('a text beyond ASCII is not plain, nor one with a word that is too long', () => {
  expect(TEXTS.filter((text) => !isPlain(text)).every((text) => !isShortAscii(text))).toBe(true)
  expect(TEXTS.filter(isShortAscii).every(isPlain)).toBe(true)
})

function isShortAscii(text: string): boolean {
  return !/[\u0080-\uffff]|[a-z0-9]{128}/i.test(text)
}
