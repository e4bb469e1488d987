// What other libraries find is found by our detectors, too.
import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { type CountryCode, getCountries, getExampleNumber } from 'libphonenumber-js'
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' }
import validator from 'validator'
import { expect, test } from 'vitest'
import { remainder } from '../../packages/core/src/protect/checksums.ts'
import { detectorsOf } from '../../packages/core/src/protect/detectors.ts'
import { findAll } from '../../packages/core/src/protect/find.ts'
import { labelledSet } from '../detectors/labelled-set.ts'
import { newRandom, type Random } from '../detectors/random.ts'

const all = [...detectorsOf('secrets'), ...detectorsOf('personal')]
const found = (text: string) =>
  findAll(text, all).map(({ detector, start, end }) => [detector.id, text.slice(start, end)])

test('libphonenumber: numbers of all regions, as they are written abroad', () => {
  const missed = getCountries().flatMap((country: CountryCode) => {
    const number = getExampleNumber(country, examples)
    const forms = number ? [number.formatInternational(), number.number] : []
    return forms.filter((form) => !found(`Reach me under ${form}, please.`).flat().includes(form))
  })
  expect(missed).toEqual([])
})

test('validator: bank accounts of all countries, and payment cards', () => {
  const random = newRandom(11)
  const countries = new Set<string>()
  for (const country of validator.ibanLocales) {
    for (let tries = 0; tries < 250; tries++) {
      const iban = ibanLike(country, random)
      if (!validator.isIBAN(iban)) continue
      countries.add(country)
      const grouped = iban.replace(/.{4}(?=.)/g, '$& ')
      expect(found(`to ${iban} BICX`)).toEqual([['iban', iban]])
      expect(found(`to ${grouped} BICX`)).toEqual([['iban', grouped]])
      expect(found(`to ${iban}7`).map(([id]) => id)).not.toContain('iban')
    }
  }
  expect(countries.size).toBeGreaterThan(50)
  for (let tries = 0; tries < 5_000; tries++) {
    const issuer = random.pick(['4', '51', '2221', '37', '6011', '35', '62'])
    const card = issuer + random.digits((issuer === '37' ? 15 : 16) - issuer.length)
    if (validator.isCreditCard(card)) expect(found(`by ${card}.`).flat()).toContain(card)
  }
})

test('secretlint: secrets in sentences of seven languages', async () => {
  const id = '@secretlint/secretlint-rule-preset-recommend'
  const options = { config: { rules: [{ id, rule: creator, options: {} }] } }
  let count = 0
  for (const { text } of labelledSet(7, 5)) {
    const source = {
      content: text,
      filePath: 'text.txt',
      ext: '.txt',
      contentType: 'text' as const
    }
    const { messages } = await lintSource({ source, options })
    const ours = findAll(text, all)
    for (const { range, message } of messages) {
      count++
      const isOurs = ours.some(({ start, end }) => start < range[1] && range[0] < end)
      expect(isOurs, `${message} in ${text}`).toBe(true)
    }
  }
  expect(count).toBeGreaterThan(20)
})

/** An account with the right check digits, of any length, with letters where some countries have them. */
function ibanLike(country: string, random: Random): string {
  const size = 11 + Math.floor(random.next() * 20)
  const letters = Number(random.pick(['0', '0', '1', '4']))
  const body = `${random.text('ABCDEFGHKLM', letters)}${random.digits(size - letters)}`
  const digits = `${body}${country}00`.replace(/[A-Z]/g, (each) => String(each.charCodeAt(0) - 55))
  return `${country}${String(98 - remainder(digits, 97)).padStart(2, '0')}${body}`
}
