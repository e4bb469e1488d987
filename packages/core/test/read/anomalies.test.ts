import {
  type Anomaly,
  AnomalyWatch,
  isRefusal,
  isRepetition,
  languageOf,
  type WatchedCall
} from '@slm-audit/core/reader'
import { expect, test } from 'vitest'

const HOUR = 3_600_000
const BEGIN = Date.UTC(2026, 0, 5)

/** A call every ten seconds, between two times; `change` says what is not as usual about the nth. */
function run(
  watch: AnomalyWatch,
  from: number,
  to: number,
  change: (n: number) => Partial<WatchedCall> = () => ({})
): Anomaly[] {
  const found: Anomaly[] = []
  for (let at = from, n = 0; at < to; at += 10_000, n++) {
    const wave = 1 + 0.3 * Math.sin((at / HOUR / 24) * 2 * Math.PI) + ((n * 37) % 20) / 100
    const usual: WatchedCall = {
      ...{ auditId: `c${at}`, at, kind: 'call', model: 'm', isError: n % 100 === 0 },
      ...{ durationMs: 300 * wave, tokens: 200 * wave, confidence: 0.9 - ((n * 7) % 10) / 100 },
      ...{ session: `S-${n}`, asked: String(n), isForeign: false, tools: ['search'] }
    }
    found.push(...watch.add({ ...usual, ...change(n) }))
  }
  return found
}

const LEARNED = BEGIN + 4 * 24 * HOUR
const learned = () => {
  const watch = new AnomalyWatch()
  expect(run(watch, BEGIN, LEARNED)).toEqual([])
  return watch
}

test.each<[string, (n: number) => Partial<WatchedCall>]>([
  ['errors', (n) => ({ isError: n % 5 === 0 })],
  ['latency', () => ({ durationMs: 900 })],
  ['confidence', () => ({ confidence: 0.6 })],
  ['tokens', () => ({ tokens: 900 })],
  ['refusals', (n) => ({ isRefused: n % 5 === 0 })],
  ['language', (n) => ({ isForeign: n % 4 === 0 })],
  ['loop', () => ({ session: 'S-L', asked: 'the same' })],
  ['model', () => ({ digest: 'f00d' })],
  ['tool', () => ({ tools: ['deleteAll'] })]
])('%s: found once while it lasts, and again when it comes back', (detector, change) => {
  const watch = learned()
  const found = run(watch, LEARNED, LEARNED + HOUR, change)
  expect(found.map((each) => each.detector)).toEqual([detector])
  expect(Date.parse(found[0]?.at ?? '') - LEARNED).toBeLessThan(HOUR / 2)
  expect(run(watch, LEARNED + HOUR, LEARNED + 4 * HOUR)).toEqual([])
  const isNews = detector === 'model' || detector === 'tool'
  const again = run(watch, LEARNED + 4 * HOUR, LEARNED + 5 * HOUR, change)
  expect(again.length).toBe(isNews ? 0 : 1)
})

test('silence: found by the clock, once, and not at a time that is always quiet', () => {
  const watch = learned()
  expect(watch.tick(LEARNED + 60_000)).toEqual([])
  expect(watch.tick(LEARNED + 600_000)).toMatchObject([{ detector: 'silence', now: 0 }])
  expect(watch.tick(LEARNED + 900_000)).toEqual([])
  const rare = new AnomalyWatch()
  for (let day = 0; day < 5; day++)
    run(rare, BEGIN + day * 24 * HOUR, BEGIN + (day * 24 + 2) * HOUR)
  expect(rare.tick(BEGIN + (4 * 24 + 9) * HOUR)).toEqual([])
})

test('what was learned is taken up again, and what cannot be read is learned anew', () => {
  const stored = JSON.parse(JSON.stringify(learned()))
  const watch = new AnomalyWatch(['latency'], stored)
  const found = run(watch, LEARNED, LEARNED + HOUR, () => ({ durationMs: 900, isError: false }))
  expect(found.map(({ detector }) => detector)).toEqual(['latency'])
  for (const broken of [null, 7, {}, { version: 1 }]) {
    expect(run(new AnomalyWatch(undefined, broken), BEGIN, BEGIN + HOUR)).toEqual([])
  }
})

test('what was stored of it counts as calls, and as time, that was seen', () => {
  const again = (watch: AnomalyWatch) =>
    new AnomalyWatch(undefined, JSON.parse(JSON.stringify(watch)))
  // Fewer calls than are needed by themselves, each failing.
  const failing = run(again(learned()), LEARNED, LEARNED + HOUR / 3, () => ({ isError: true }))
  expect(failing.map(({ detector }) => detector)).toEqual(['errors'])
  // One that never saw a call has not been there for an hour either.
  const young = run(again(new AnomalyWatch()), BEGIN, BEGIN + HOUR, (n) => ({
    tools: [n > 300 ? 'later' : 'search']
  }))
  expect(young).toEqual([])
})

test.each([
  ['all', [null]],
  ['all', [[1, null]]],
  ['all', [[1, { calls: 'x', of: {} }]]],
  ['all', [[1, { calls: 1 }]]],
  ['all', [[1, { calls: 1, of: { errors: null } }]]],
  ['models', [null]],
  ['models', [['m', null]]],
  ['models', [[{}, []]]],
  ['news', { known: [7], calls: 0, since: 0 }],
  ['news', { known: [], calls: 'x', since: 0 }],
  ['news', { known: [], calls: 0, since: {} }]
])('a state whose %s is %j is learned anew', (name, value) => {
  const state = { version: 1, all: [], models: [], news: { known: [], calls: 0, since: null } }
  const watch = new AnomalyWatch(undefined, { ...state, [name]: value })
  expect(JSON.parse(JSON.stringify(watch))).toEqual(state)
  expect(run(watch, BEGIN, BEGIN + HOUR)).toEqual([])
})

test.each([
  ["I'm sorry, but I can't help with that.", true],
  ['As an AI language model, I cannot do that.', true],
  ['Leider kann ich Ihnen dabei nicht helfen.', true],
  ['Lo siento, no puedo ayudar con eso.', true],
  ['抱歉，我无法回答这个问题。', true],
  ['Sorry for the delay! Your parcel left today.', false],
  ['You can return it within 14 days.', false]
])('%s is a refusal: %s', (text, expected) => expect(isRefusal(text)).toBe(expected))

test.each([
  ['The parcel is late. '.repeat(6), true],
  [`It is on its way. ${'no, '.repeat(40)}`, true],
  ['1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20', false],
  [`| a | b |\n${'-'.repeat(200)}`, false],
  [
    'No. No. No. It left today, and will be with you on Monday, or on Tuesday at the latest.',
    false
  ],
  ['', false]
])('%j repeats itself: %s', (text, expected) => expect(isRepetition(text)).toBe(expected))

test.each([
  ['Where is my refund for the order that I made?', 'en'],
  ['Wo ist meine Bestellung und wann wird sie geliefert?', 'de'],
  ['Où est mon colis et quand est-ce que je le recevrai ?', 'fr'],
  ['退款什么时候到？', 'zh'],
  ['返金はいつですか', 'ja'],
  ['Где моя посылка?', 'ru'],
  ['ok 4711', undefined]
])('%s is in %s', (text, expected) => expect(languageOf(text)).toBe(expected))
