import { readTime } from '@slm-audit/core/reader'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const read = (text: string) => readTime('--since', text)

beforeEach(() => {
  // New York has summer time; the machine's own zone is another one.
  vi.stubEnv('TZ', 'America/New_York')
  vi.useFakeTimers({ now: new Date('2026-11-29T03:30:00Z'), toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

describe('a time as people type it', () => {
  test.each([
    ['now', '2026-11-29T03:30:00.000Z'],
    ['2h', '2026-11-29T01:30:00.000Z'],
    ['1.5h', '2026-11-29T02:00:00.000Z'],
    ['90 min', '2026-11-29T02:00:00.000Z'],
    ['7D', '2026-11-22T03:30:00.000Z'],
    ['2 weeks ago', '2026-11-15T03:30:00.000Z'],
    ['today', '2026-11-28T05:00:00.000Z'],
    ['yesterday', '2026-11-27T05:00:00.000Z'],
    ['08:00', '2026-11-28T13:00:00.000Z'],
    ['9:05:30', '2026-11-28T14:05:30.000Z'],
    ['2026-07-04', '2026-07-04T04:00:00.000Z'],
    ['2026-11-29', '2026-11-29T05:00:00.000Z'],
    ['2026-11-28 08:00', '2026-11-28T13:00:00.000Z'],
    ['2026-11-28T08:00:05.25', '2026-11-28T13:00:05.250Z'],
    ['2026-11-28T08:00Z', '2026-11-28T08:00:00.000Z'],
    ['2026-11-28T08:00:00.123456789z', '2026-11-28T08:00:00.123Z'],
    ['2026-11-28T08:00+05:30', '2026-11-28T02:30:00.000Z'],
    ['2026-11-28 08:00 -0500', '2026-11-28T13:00:00.000Z'],
    [' 2026-11-28T08:00+01 ', '2026-11-28T07:00:00.000Z']
  ])('%j is %s', (text, instant) => {
    expect(read(text)).toBe(instant)
  })

  test('a time without a zone is meant by UTC where that is asked for', () => {
    expect(readTime('--since', '2026-07-04', 'utc')).toBe('2026-07-04T00:00:00.000Z')
    expect(readTime('--since', 'today', 'utc')).toBe('2026-11-29T00:00:00.000Z')
    expect(readTime('--since', '08:00', 'utc')).toBe('2026-11-29T08:00:00.000Z')
    expect(readTime('--since', '2026-07-04 08:00+02:00', 'utc')).toBe('2026-07-04T06:00:00.000Z')
  })

  test.each([
    'gpt-5',
    '24:00',
    '08:60',
    '8:0',
    'day 7',
    'last 7',
    'v2.3.1',
    '1',
    '90',
    '2026',
    '1764400000',
    '1764400000000',
    '2026-02-30',
    '2026-11-31',
    '2026-13-01',
    '2026-1-5',
    '0026-01-01',
    '29/11/2026',
    '11/12',
    'Sun Nov 29 2026',
    '2026-W05',
    '2026-01-31T25:00',
    '2026-01-31T08:60',
    '2026-01-31T08:00+25:00',
    '2026-01-31T',
    '-1h',
    '1e3d',
    '99999999999d',
    '2h30',
    '2026-01-31x',
    'yesterdays',
    'tomorrow',
    '',
    ' '
  ])('%j is not a time, and an error that says what is', (text) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'bad_query',
        message: `--since: cannot read '${text}' as a time; use 2h, 3d, yesterday, 2026-01-31 or 2026-01-31T08:00Z`
      })
    )
  })

  test('what is not text is an error as well', () => {
    const odd = [new Date(), 5, null, {}] as unknown as string[]
    for (const value of odd) expect(() => read(value)).toThrow(/cannot read/)
  })
})
