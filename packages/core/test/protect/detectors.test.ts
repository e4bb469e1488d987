import { nodeSha256 } from '@slm-audit/core/node'
import { describe, expect, test, vi } from 'vitest'
import { ALL_CANARIES, HARMLESS } from '../../../testing/src/fixtures/canaries.ts'
import { BoundedMap } from '../../src/base/bounded-map.ts'
import { DETECTORS, detectorsOf, wordsDetector } from '../../src/protect/detectors.ts'
import { findAll } from '../../src/protect/find.ts'
import { OPERATORS, type Operator } from '../../src/protect/operators.ts'
import { Redactor, type RedactStep } from '../../src/protect/redactor.ts'

const all = [...detectorsOf('secrets'), ...detectorsOf('personal')]
const key = { hash: nodeSha256, secret: new Uint8Array(32) }

const redactor = (
  operator: Operator,
  names: readonly string[] = ['secrets', 'personal'],
  keep = 0
) => {
  const steps: RedactStep[] = [
    { detectors: names.flatMap((name) => detectorsOf(name)), operator, keep }
  ]
  return new Redactor(steps, key, 10_000)
}

describe('values are found', () => {
  test.each(ALL_CANARIES)('$detector: $value', ({ detector, value, text }) => {
    const found = findAll(text, all).map((one) => [one.detector.id, text.slice(one.start, one.end)])
    expect(found).toEqual([[detector, value]])
  })

  test.each(HARMLESS)('harmless: %s', (text) => {
    const found = findAll(text, all).map((one) => [one.detector.id, text.slice(one.start, one.end)])
    expect(found).toEqual([])
  })

  test('words of a list are found whole and in any case', () => {
    const staff = wordsDetector('staff', 'name', ['Ada Lovelace', 'Ana', 'C.J. (Jo)'])
    const text = 'ADA  LOVELACE met Banana, Ana and c.j. (jo).'
    const found = findAll(text, [staff]).map(({ start, end }) => text.slice(start, end))
    expect(found).toEqual(['ADA  LOVELACE', 'Ana', 'c.j. (jo)'])
  })

  test.each([
    ['a card in full-width digits', '卡号４１１１ １１１１ １１１１ １１１１。', '⟨card⟩'],
    ['a card in Arabic digits', 'رقم ٤١١١ ١١١١ ١١١١ ١١١١', '⟨card⟩'],
    ['a number in Devanagari', 'फ़ोन +९१ ९८७६५ ४३२१०', '⟨phone⟩'],
    ['no-break spaces', 'tel. +49\u00a030\u202f901820', '⟨phone⟩'],
    ['no-break hyphens', 'call 1‑555‑234‑5678', '⟨phone⟩'],
    ['a full-width address', 'ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ', '⟨email⟩'],
    ['soft hyphens', 'ada@exam\u00adple.org', '⟨email⟩'],
    ['zero-width spaces', 'AKIA\u200bIOSFODNN7EXA\u200bMPLE', '⟨key⟩'],
    ['a mark before it', '\ufeffada@example.org', '⟨email⟩']
  ])('%s: %j', (_, text, instead) => {
    for (const around of [text, `so: ${text} - done`]) {
      const redacted = redactor('remove').text(around, '')
      expect(redacted).toContain(instead)
      expect(redacted.replace(instead, '')).not.toMatch(/[\p{Nd}@＠]|ada|AKIA|ple/u)
    }
  })

  test.each([
    ['an address', '?q=1&to=ada%40example.org&x=2', '?q=1&to=⟨email⟩&x=2'],
    ['a number in an address', 'q=%2B49%20170%201234567', 'q=⟨phone⟩'],
    ['a text in a text', '"a\\nAKIAIOSFODNN7EXAMPLE\\"b"', '"a\\n⟨key⟩\\"b"'],
    ['underlined', '_AKIAIOSFODNN7EXAMPLE_', '_⟨key⟩_'],
    ['an option', 'psql --password Sommer2024! -h db', 'psql --password ⟨secret⟩ -h db'],
    ['a variable', 'export DB_PASS=Sommer2024!', 'export DB_PASS=⟨secret⟩'],
    ['an element', '<password>Sommer2024!</password>', '<password>⟨secret⟩</password>'],
    [
      'a user of curl',
      'curl -u ada:Sommer2024! https://x.org',
      'curl -u ada:⟨secret⟩ https://x.org'
    ],
    ['an escaped password', 'postgres://u:p%2Fss4W@db/x', 'postgres://u:⟨password⟩@db/x'],
    ['a blank in a secret', '?password=Sommer%20nacht2024&x', '?password=⟨secret⟩'],
    ['a quote in a secret', '?password=Tr0ub4dor%22x9z', '?password=⟨secret⟩'],
    ['a backslash in a secret', 'password: ab\\nc123!xyzQ', 'password: ⟨secret⟩'],
    ['a card with points', 'card 4242.4242.4242.4242.', 'card ⟨card⟩.'],
    ...['hasło', 'lösenord', 'şifre', 'heslo', 'mật khẩu', 'jelszó', '비밀번호', 'كلمة المرور'].map(
      (word) => [word, `${word}: Sommer2024!`, `${word}: ⟨secret⟩`]
    ),
    ['a card before a sum', 'paid 4242 4242 4242 4242 10.5', 'paid ⟨card⟩ 10.5'],
    ['a card before its expiry', '4111-1111-1111-1111 12/27', '⟨card⟩ 12/27'],
    ['a card of 19 digits', '6212-3456-7890-1234-569', '⟨card⟩'],
    ['no card: an order', '注文番号 503-7281930-2938475', '注文番号 503-7281930-2938475'],
    [
      'no key: a name in code',
      'the_co_operative_society_of_all',
      'the_co_operative_society_of_all'
    ],
    ['no secret: a share', 'done 100%20 of 4711', 'done 100%20 of 4711']
  ] as [string, string, string][])(
    'as it stands in code and addresses: %s',
    (_, text, expected) => {
      expect(redactor('remove').text(text, '')).toBe(expected)
    }
  )

  test('long names of members are not remembered', () => {
    const remembers = vi.spyOn(BoundedMap.prototype, 'set')
    const name = `${'x'.repeat(300_000)}Password`
    const value = { [name]: 'correct horse (7)', pwd: 'Sommer2024!' }
    expect(redactor('remove').json(value, '')).toEqual({ [name]: '⟨secret⟩', pwd: '⟨secret⟩' })
    expect(remembers.mock.calls.map(([key]) => key)).toEqual(['pwd'])
    remembers.mockRestore()
  })

  test('what stands in a member is taken out whole, whatever its name finds in it', () => {
    const text = ALL_CANARIES.find(({ detector }) => detector === 'telegram-token')?.value ?? ''
    expect(redactor('remove').json({ phone: text }, '')).toEqual({ phone: '⟨key⟩' })
  })

  test('values of members by their names, whatever separates words in them', () => {
    const value = {
      password: 'correct horse (7) staple!',
      dbPass: 'Sommer2024!',
      api_key: 'abc123DEF456ghi789',
      user: { phoneNumber: '13812345678', BSN: 111222333 },
      'client-secret': 'Zq8vN2xLpR7t',
      tool_call_id: '13812345678',
      max_tokens: 1024,
      total_tokens: '12345678 of 23456789',
      page: 13812345678
    }
    expect(redactor('remove').json(value, '')).toEqual({
      ...value,
      password: '⟨secret⟩',
      dbPass: '⟨secret⟩',
      api_key: '⟨secret⟩',
      user: { phoneNumber: '⟨phone⟩', BSN: '⟨id⟩' },
      'client-secret': '⟨secret⟩'
    })
  })

  test('and one name stands for all spellings, and what is around stays as it was', () => {
    const own = (text: string) => redactor('pseudonym').text(text, '')
    const [one, ...others] = [
      '4111 1111 1111 1111',
      '４１１１１１１１１１１１１１１１',
      '4111\u200b111111111111'
    ].map(own)
    expect(new Set(others)).toEqual(new Set([one]))
    const text = '价格：１２ 元\u200b，ada@example.org\u200b，谢谢＠'
    expect(redactor('remove').text(text, '')).toBe('价格：１２ 元\u200b，⟨email⟩\u200b，谢谢＠')
  })

  test('a bank account ends where its country has it end, and is written small, too', () => {
    const of = (text: string) => redactor('remove').text(text, '')
    expect(of('ES91 2100 0418 4502 0005 1332 CAIX next')).toBe('⟨iban⟩ CAIX next')
    expect(of('de89370400440532013000')).toBe('⟨iban⟩')
    // The check digits hold, and no country has accounts of this form.
    for (const none of ['DE1655127961303345361184285', 'XX1876538742624627534469042']) {
      expect(of(none)).toBe(none)
    }
  })

  test('no pattern takes long on a text that was made to be slow', () => {
    const slow = [
      'a'.repeat(50_000),
      '1 '.repeat(50_000),
      'a.'.repeat(50_000),
      'a:'.repeat(50_000),
      'secret '.repeat(10_000),
      '://a:'.repeat(20_000),
      'eyJ'.repeat(20_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(2_000),
      '@'.repeat(50_000),
      'a@a.'.repeat(20_000),
      '+1-'.repeat(20_000)
    ]
    for (const text of slow) {
      for (const detector of DETECTORS) {
        const begun = performance.now()
        findAll(text, [detector])
        expect(`${detector.id} ${text.slice(0, 8)} ${performance.now() - begun > 1500}`).toContain(
          'false'
        )
      }
    }
  })
})

describe('operators', () => {
  const text = 'write to ada@example.org or pay by 4111 1111 1111 1111'

  test.each([
    ['mask', 0, 'write to ***@*******.*** or pay by **** **** **** ****'],
    ['mask', 4, 'write to ***@******e.org or pay by **** **** **** 1111'],
    ['remove', 0, 'write to ⟨email⟩ or pay by ⟨card⟩'],
    ['generalise', 0, 'write to ⟨email at example.org⟩ or pay by ⟨card⟩']
  ] as const)('%s keeping %i', (operator, keep, redacted) => {
    expect(redactor(operator, ['personal'], keep).text(text, '')).toBe(redacted)
  })

  test('mask keeps at most half', () => {
    expect(redactor('mask', ['email'], 8).text('a@b.co', '')).toBe('*@*.co')
  })

  test('a pseudonym is the same for all spellings of a value, and another under another secret', () => {
    const one = redactor('pseudonym').text('Ada@example.org, DE89 3704 0044 0532 0130 00', '')
    expect(one).toMatch(/^⟨email-[0-9a-f]{8}⟩, ⟨iban-[0-9a-f]{8}⟩$/)
    expect(redactor('pseudonym').text('ada@EXAMPLE.org, DE89370400440532013000', '')).toBe(one)
    const other = new Redactor(
      [{ detectors: detectorsOf('email'), operator: 'pseudonym', keep: 0 }],
      { hash: nodeSha256, secret: new Uint8Array(32).fill(1) },
      10_000
    )
    expect(other.text('ada@example.org', '')).not.toBe(one.split(',')[0])
  })

  test('dates and sums are less exact', () => {
    const figures = redactor('generalise', ['date', 'amount'])
    expect(figures.text('born 1990-05-17, paid $1,234.50 and 99,90 €', '')).toBe(
      'born ⟨date 1990⟩, paid ⟨amount of 4 digits⟩ and ⟨amount of 2 digits⟩'
    )
  })

  test.each(OPERATORS)('%s leaves nothing of a value', (operator) => {
    for (const canary of ALL_CANARIES) {
      expect(redactor(operator).text(canary.text, '')).not.toContain(canary.value)
    }
  })
})

test('JSON is looked through to its strings, numbers, names and the JSON inside of strings', () => {
  const tool = {
    arguments: JSON.stringify({
      to: 'ada\u0040example.org',
      n: JSON.stringify(['ada@example.org'])
    })
  }
  const escaped = '{"to":"ada\\u0040example.org"}'
  const value = {
    tool,
    escaped,
    list: [1, 4111111111111111, null],
    'bob@example.org': true,
    same: ['x']
  }
  const remove = redactor('remove')
  const redacted = remove.json(value, '') as typeof value
  expect(redacted).toEqual({
    tool: { arguments: '{"to":"⟨email⟩","n":"[\\"⟨email⟩\\"]"}' },
    escaped: '{"to":"⟨email⟩"}',
    list: [1, '⟨card⟩', null],
    '⟨email⟩': true,
    same: ['x']
  })
  expect(redacted.same).toBe(value.same)
  expect(remove.redactions.map(({ pointer, detector }) => [pointer, detector])).toEqual([
    ['/tool/arguments/to', 'email'],
    ['/tool/arguments/n/0', 'email'],
    ['/escaped/to', 'email'],
    ['/list/1', 'payment-card'],
    ['', 'email']
  ])
})
