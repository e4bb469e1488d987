import { AuditError, type PolicyDocument, parseRecord } from '@slm-audit/core'
import { parsePolicy } from '@slm-audit/core/policy'
import { describe, expect, test, vi } from 'vitest'
import { chat, newLog } from '../helpers.ts'

const withWhen = (when: string, more: object = {}): PolicyDocument => ({
  rules: [
    { name: 'some', level: 'Metadata', when, ...more },
    { name: 'rest', level: 'RequestResponse' }
  ]
})
const decide = (when: string, facts: object) => parsePolicy(withWhen(when)).decide(facts)

describe('an expression decides', () => {
  test.each<[string, object, boolean]>([
    [`user == 'ada'`, { user: 'ada' }, true],
    [`user == 'ada'`, {}, false],
    [`user != ''`, {}, false],
    [
      `tags.tier == 'gold' && phase in ['prod', 'staging']`,
      { tags: { tier: 'gold' }, phase: 'prod' },
      true
    ],
    [`has(tags.tier) && tags.tier.startsWith('g')`, {}, false],
    [
      `tools.exists(t, t.startsWith('pay')) && !('staff' in groups)`,
      { tools: ['pay'], groups: ['a'] },
      true
    ],
    [`tools.exists(t, t.startsWith('pay'))`, { tools: 'payInvoice' }, true],
    [`tags.count > 3`, { tags: { count: 4 } }, true],
    [`tags.list.exists(one, one == 'x') || tags.deep.er == true`, { tags: { list: ['x'] } }, true],
    [`size(groups) == 0 ? model.matches('^big-[0-9]+$') : false`, { model: 'big-70' }, true]
  ])('%s of %j: %s', (when, facts, holds) => {
    expect(decide(when, facts).rule).toBe(holds ? 'some' : 'rest')
  })

  test('together with what the rule matches', () => {
    const policy = parsePolicy(withWhen(`user == 'ada'`, { match: { models: 'big-*' } }))
    expect(policy.decide({ user: 'ada', model: 'small' }).rule).toBe('rest')
    expect(policy.decide({ user: 'ada', model: 'big-1' }).rule).toBe('some')
    expect(policy.explain({ user: 'bob', model: 'big-1' })[0]).toEqual({
      rule: 'some',
      matches: false,
      why: `it asks for user == 'ada', which is false`
    })
  })
})

describe('what is wrong with an expression is said when the policy is read', () => {
  test.each([
    [`usr == 'ada'`, 'column 1: there is no usr; known are kind, operation'],
    ['user == 1', 'column 6: == does not take string, int'],
    [`user + 1 == ''`, 'column 6: + does not take string, int'],
    [`user.tier == ''`, 'a string has no member tier'],
    [`user.startsWith(1)`, 'startsWith does not take string, int'],
    [`mine(user)`, 'there is no function mine'],
    [`user`, 'is a string, and must be true or false'],
    [`tools.exists(t, t == 1)`, '== does not take string, int'],
    [`user.exists(t, t == 'a')`, 'a loop goes over a list or a map, not over a string'],
    [`user in groups && 1 in groups`, 'in does not take int, list(string)'],
    [`user == 'ada`, 'is no expression in CEL at column 6'],
    [`user.matches('(')`, 'has a pattern that is none in RE2: missing closing )'],
    [`user == '${'a'.repeat(2_000)}'`, 'must have at most 2000 characters'],
    [
      `tools.all(a, tools.all(b, tools.all(c, tools.all(d, a + b + c + d != ''))))`,
      'has loops 4 deep, and may have 3'
    ]
  ])('%s', (when, message) => {
    expect(() => parsePolicy(withWhen(when))).toThrow(`rules[0].when`)
    expect(() => parsePolicy(withWhen(when))).toThrow(message)
  })

  test('a last rule with an expression matches some calls alone', () => {
    const rules = [{ level: 'Metadata', when: `user == ''` }]
    expect(() => parsePolicy({ rules })).toThrow('matches some calls alone')
  })

  test('a rule below one with an expression is reached', () => {
    const policy = parsePolicy({
      rules: [
        { level: 'None', match: { users: 'a*' }, when: `phase == 'dev'` },
        { level: 'Metadata', match: { users: 'ada' } },
        { level: 'Request' }
      ]
    })
    expect(policy.decide({ user: 'ada', phase: 'prod' }).rule).toBe('rule-2')
  })
})

describe('where an expression fails its rule decides, and the headers alone are recorded', () => {
  const facts = { tools: Array.from({ length: 2_000 }, (_, at) => `tool-${at}`) }

  test.each<[string, object, string]>([
    [`tags.tier == 'gold'`, { tags: {} }, 'field not found: tier'],
    [`int(user) > 3`, { user: 'ada@example.org' }, 'a value is not what it expects'],
    [`tools.all(a, tools.all(b, a != b))`, facts, 'steps, and may take 100000']
  ])('%s', (when, found, why) => {
    const outcome = parsePolicy(withWhen(when, { level: 'None' })).decide(found)
    expect(outcome).toMatchObject({ rule: 'some', level: 'Metadata' })
    expect(outcome.failed).toContain(why)
    expect(JSON.stringify(outcome)).not.toContain('ada@')
  })

  test('its log says so once, and a denial stays one', async () => {
    const { log, journal, problems } = newLog({
      policy: withWhen(`tags.tier == 'gold'`, { level: 'Request', deny: 'not for gold' })
    })
    const model = vi.fn()
    const ask = () => log.record({ ...chat, input: 'a secret' }, async () => model())
    await expect(ask()).rejects.toMatchObject({ code: 'denied' })
    await expect(ask()).rejects.toMatchObject({ code: 'denied' })
    await log.close()
    expect(model).not.toHaveBeenCalled()
    expect(problems.map(({ code, message }) => [code, message.slice(0, 62)])).toEqual([
      ['bad_policy', 'the expression of rule some failed: field not found: tier; cal']
    ])
    const records = journal.records.map((sealed) => parseRecord(sealed))
    expect(records.filter(({ stage }) => stage === 'denied')).toHaveLength(2)
    expect(JSON.stringify(journal.records)).not.toContain('a secret')
  })
})

test('a pattern that would hold up another engine takes no time', () => {
  const policy = parsePolicy(withWhen(`user.matches('^(a+)+$')`))
  const before = performance.now()
  expect(policy.decide({ user: `${'a'.repeat(5_000)}!` }).rule).toBe('rest')
  expect(performance.now() - before).toBeLessThan(500)
})

test('a policy that cannot be used is refused with an AuditError', () => {
  try {
    parsePolicy(withWhen('user'))
    expect.unreachable()
  } catch (error) {
    expect(AuditError.is(error) && error.code).toBe('bad_policy')
  }
})
