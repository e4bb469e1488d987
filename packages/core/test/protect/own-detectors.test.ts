import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OwnDetector, PolicyDocument } from '@slm-audit/core'
import { parsePolicy, redactText } from '@slm-audit/core/policy'
import { afterAll, describe, expect, test } from 'vitest'
import { ALL_CANARIES } from '../../../testing/src/fixtures/canaries.ts'
import { callsOf, chat, newLog } from '../helpers.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-detectors-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const policyWith = (detector: OwnDetector | object, more: object = {}): PolicyDocument => ({
  detectors: [detector as OwnDetector],
  rules: [
    {
      name: 'all',
      level: 'RequestResponse',
      redact: [{ detectors: [(detector as OwnDetector).id, 'email'], operator: 'mask', ...more }]
    }
  ]
})
const redacted = (detector: object, text: string, more?: object) =>
  redactText(text, parsePolicy(policyWith(detector, more)).outcomes[0]?.redact ?? [])

function moduleOf(name: string, source: string): string {
  const path = join(folder, name)
  writeFileSync(path, source)
  return path
}

describe('a pattern', () => {
  const staff = { id: 'staff', pattern: 'EMP-\\d{6}', label: 'employee' }

  test('finds values, by keywords and flags as well', () => {
    expect(redacted(staff, 'ask EMP-123456 or a@b.org')).toBe('ask ***-****** or *@*.***')
    expect(redacted({ ...staff, flags: 'i' }, 'ask emp-123456')).toBe('ask ***-******')
    expect(redacted(staff, 'ask emp-123456')).toBe('ask emp-123456')
    expect(redacted({ ...staff, keywords: ['EMP'] }, 'EMP-123456')).toBe('***-******')
    expect(redacted({ ...staff, keywords: ['staff'] }, 'EMP-123456')).toBe('EMP-123456')
    expect(redacted(staff, 'EMP-123456', { operator: 'remove' })).toBe('⟨employee⟩')
  })

  test.each([
    ['^(a+)+$', 'can take a time that grows faster than its text (exponential)'],
    ['(a|a)+$', 'grows faster than its text (exponential)'],
    ['^(\\w+\\s?)+$', 'grows faster than its text (exponential)'],
    ['.*.*=.*', '3rd degree polynomial'],
    ['(', 'is no pattern'],
    ['a*', 'finds an empty text']
  ])('%s is refused, with the reason', (pattern, why) => {
    const parse = () => parsePolicy(policyWith({ id: 'mine', pattern }))
    expect(parse).toThrow('detectors[0].pattern')
    expect(parse).toThrow(why)
  })
})

test('ranges that overlap are one value', () => {
  const find = () =>
    [
      [4, 7],
      [0, 5],
      [1, 2],
      [9, 10]
    ] as const
  const policy = parsePolicy(policyWith({ id: 'mine', find }, { operator: 'remove' }))
  expect(redactText('0123456789', policy.outcomes[0]?.redact ?? [])).toBe('⟨value⟩78⟨value⟩')
})

describe('a module', () => {
  const path = moduleOf(
    'badges.mjs',
    `export function find(text, options) {
  const found = []
  for (let at = text.indexOf(options.mark); at >= 0; at = text.indexOf(options.mark, at + 1)) {
    found.push([at, at + options.mark.length])
  }
  return found
}
export function all(text) { return [[0, text.length]] }
export const wrong = () => [[5, 2]]
export const hangs = () => { for (;;) {} }
`
  )
  const badge = { id: 'badge', module: path, options: { mark: '#7#' } }

  test('finds values, with its options', () => {
    expect(redacted(badge, 'badge #7#', { operator: 'remove' })).toBe('badge ⟨value⟩')
    const address = { ...badge, module: pathToFileURL(path).href }
    expect(redacted(address, 'badge #7#', { operator: 'remove' })).toBe('badge ⟨value⟩')
    expect(redacted({ ...badge, name: 'all' }, 'all of it', { operator: 'remove' })).toBe('⟨value⟩')
  })

  test.each([
    [{ module: './badges.mjs' }, 'must be a package, or the absolute path'],
    [{ module: join(folder, 'none.mjs') }, 'cannot be loaded'],
    [{ module: path, name: 'nothing' }, 'exports no function nothing'],
    [{ module: path, flags: 'i' }, 'flags is for detectors with pattern alone'],
    [{ module: path, words: ['ab'] }, 'must have one of words, pattern, module, find'],
    [{}, 'and has none']
  ])('%j is refused', (given, why) => {
    expect(() => parsePolicy(policyWith({ id: 'mine', ...given }))).toThrow(why)
  })

  test.each([
    ['gives no ranges', 'wrong'],
    ['hangs', 'hangs']
  ])(
    'that %s costs the content, and not the record',
    async (_, name) => {
      const { log, journal, problems } = newLog({ policy: policyWith({ ...badge, name }) })
      const { auditId } = await log.record({ ...chat, input: 'my secret' }, async (call) => call)
      await log.close()
      const call = callsOf(journal.records).find((one) => one.auditId === auditId)
      expect(call?.stage).toBe('complete')
      expect(call?.contents).toEqual({})
      expect(call?.record.altered).toContainEqual({
        pointer: '/input',
        what: 'erased',
        reason: 'not redacted'
      })
      expect(problems.map(({ code }) => code)).toContain('bad_record')
      expect(JSON.stringify(journal.records)).not.toContain('my secret')
    },
    60_000
  )
})

describe('a function', () => {
  const find = (text: string) =>
    [...text.matchAll(/cat/g)].map(({ index }) => [index, index + 3] as const)

  test('runs where the log is, and what is recorded of the policy says so', async () => {
    const policy = policyWith({ id: 'cats', find }, { operator: 'pseudonym' })
    const { log, journal, problems } = newLog({ policy })
    await log.record({ ...chat, input: 'a cat' }, async () => 'cat')
    await log.close()
    expect(problems).toEqual([])
    const [set, call] = callsOf(journal.records)
    expect(set?.record.event).toMatchObject({
      policy: { detectors: [{ id: 'cats', find: 'here' }] }
    })
    expect(call?.contents.input).toMatch(/^a ⟨value-[0-9a-f]{8}⟩$/)
    expect(`a ${call?.contents.output}`).toBe(call?.contents.input)
  })

  test('cannot be given later', async () => {
    const { log, problems } = newLog()
    expect(log.usePolicy(policyWith({ id: 'cats', find }))).toBe(false)
    expect(problems[0]?.message).toContain('functions can be given with createAuditLog alone')
    await log.close()
  })
})

test('detectors that throw at random let no canary through, and lose no record', async () => {
  // A generator with a seed, so that a failure can be repeated.
  let state = 4711
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
  const find = () => {
    if (random() < 0.3) throw new Error(ALL_CANARIES.map(({ value }) => value).join())
    return []
  }
  const redact = [{ detectors: ['moody', 'secrets', 'personal'] }]
  const { log, journal, problems } = newLog({
    policy: { detectors: [{ id: 'moody', find }], rules: [{ level: 'RequestResponse', redact }] }
  })
  for (const { text } of ALL_CANARIES) {
    const request = { ...chat, input: [{ content: text }], settings: { stop: text } }
    await log.withContext({ tags: { text } }, () => log.record(request, async () => ({ text })))
    await log.record(request, () => Promise.reject(new Error(text))).catch(() => undefined)
    log.open(request).cancel('signal', { output: text })
  }
  await log.close()
  const stored = journal.records.flatMap(({ header, contents }) => [
    header,
    ...contents.flatMap(({ body }) => (body ? [new TextDecoder().decode(body)] : []))
  ])
  const said = [...stored, ...problems.map(({ message, cause }) => `${message} ${cause}`)].join(
    '\n'
  )
  const leaked = ALL_CANARIES.filter(({ value }) => {
    return said.includes(value) || said.includes(JSON.stringify(value).slice(1, -1))
  })
  expect(leaked.map(({ detector }) => detector)).toEqual([])
  const ends = callsOf(journal.records).filter(({ record }) => record.kind === 'call')
  expect(ends.map(({ stage }) => stage)).toEqual(
    ALL_CANARIES.flatMap(() => ['complete', 'error', 'cancelled'])
  )
  expect(said).toContain('could not be redacted')
})
