import { AuditError, type PolicyDocument } from '@slm-audit/core'
import { parsePolicy } from '@slm-audit/core/policy'
import { describe, expect, test } from 'vitest'

/** What is wrong with a policy. */
function problemsOf(document: unknown): string[] {
  try {
    parsePolicy(document)
  } catch (error) {
    if (AuditError.is(error) && error.code === 'bad_policy') return error.message.split('\n')
    throw error
  }
  return []
}

const ALL = { level: 'RequestResponse' } as const

describe('the first rule that matches decides', () => {
  const policy = parsePolicy({
    rules: [
      { name: 'health', level: 'Metadata', match: { models: 'clinic/*', users: ['u-7', 'u-8'] } },
      { name: 'gold', level: 'Request', match: { tags: { tier: ['gold', 'plat*'] } } },
      { name: 'eu', level: 'None', match: { tenants: ['eu-*'], groups: 'staff' } },
      { name: 'rest', ...ALL }
    ]
  })

  test.each([
    ['all conditions of the rule hold', { model: 'clinic/qwen', user: 'u-7' }, 'health'],
    ['one condition fails', { model: 'clinic/qwen', user: 'u-9' }, 'rest'],
    ['the pattern is no beginning', { model: 'my-clinic/qwen', user: 'u-7' }, 'rest'],
    ['case differs', { model: 'Clinic/qwen', user: 'u-7' }, 'rest'],
    ['a tag matches', { tags: { tier: 'platinum' } }, 'gold'],
    ['a tag is a list', { tags: { tier: ['silver', 'gold'] } }, 'gold'],
    ['a tag has the name of a method', { tags: {} }, 'rest'],
    ['one of several groups matches', { tenant: 'eu-1', groups: ['sales', 'staff'] }, 'eu'],
    ['nothing is known', {}, 'rest']
  ])('%s', (_, facts, rule) => {
    expect(policy.decide(facts).rule).toBe(rule)
  })

  test('explains why the rules before do not match', () => {
    expect(policy.explain({ model: 'clinic/qwen', tenant: 'eu-1', groups: ['sales'] })).toEqual([
      { rule: 'health', matches: false, why: 'it asks for users ["u-7","u-8"], which is unknown' },
      {
        rule: 'gold',
        matches: false,
        why: 'it asks for tag tier ["gold","plat*"], which is unknown'
      },
      { rule: 'eu', matches: false, why: 'it asks for groups "staff", which is ["sales"]' },
      { rule: 'rest', matches: true, why: 'it matches every call' }
    ])
  })

  test('stages are left out by the policy or by the rule', () => {
    const omits = (document: PolicyDocument) => parsePolicy(document).decide({}).omitsReceived
    expect(omits({ rules: [ALL] })).toBe(false)
    expect(omits({ omitStages: ['received'], rules: [ALL] })).toBe(true)
    expect(omits({ rules: [{ ...ALL, omitStages: ['received'] }] })).toBe(true)
  })

  test('the digest is of what the policy says, not of how it is written', () => {
    const one = parsePolicy({ name: 'a', rules: [{ name: 'all', ...ALL }] })
    const other = parsePolicy({ rules: [{ ...ALL, name: 'all' }], name: 'a' })
    expect(one.digest).toBe(other.digest)
    expect(parsePolicy({ rules: [{ name: 'all', ...ALL }] }).digest).not.toBe(one.digest)
  })
})

describe('what is wrong with a policy is said with its place and the next step', () => {
  test.each([
    [
      'no object',
      'rules',
      'the policy must be an object of apiVersion, kind, name, omitStages, recipients, detectors, retention, rules'
    ],
    [
      'no rules',
      {},
      'rules must be a list of at least one rule; begin with a last rule without match, such as { level: RequestResponse }'
    ],
    [
      'zero rules',
      { rules: [] },
      'rules must be a list of at least one rule; begin with a last rule without match, such as { level: RequestResponse }'
    ],
    [
      'an unknown field',
      { rules: [ALL], rule: [] },
      'rule is no field of a policy; did you mean rules?'
    ],
    [
      'an unknown field of a rule',
      { rules: [{ ...ALL, omitStage: [] }] },
      'rules[0].omitStage is no field of a policy; did you mean omitStages?'
    ],
    [
      'an unknown match',
      { rules: [{ ...ALL, match: { tenant: 'a' } }, ALL] },
      'rules[0].match.tenant is no field of a policy; did you mean tenants?'
    ],
    [
      'no level',
      { rules: [{}] },
      'rules[0] lacks a level; give it one of None, Metadata, Request, RequestResponse'
    ],
    [
      'another level',
      { rules: [{ level: 'metadata' }] },
      "rules[0].level must be one of None, Metadata, Request, RequestResponse, not 'metadata'; did you mean Metadata?"
    ],
    [
      'a wildcard in the middle',
      { rules: [{ ...ALL, match: { models: ['a', 'gpt-*-mini'] } }, ALL] },
      "rules[0].match.models[1] has a * that is not at its end: 'gpt-*-mini'; end the pattern there, or list the texts one by one"
    ],
    [
      'an empty list',
      { rules: [{ ...ALL, match: { models: [] } }, ALL] },
      'rules[0].match.models is empty and matches nothing; list what it matches, or leave it out'
    ],
    [
      'a number where a text belongs',
      { rules: [{ ...ALL, match: { users: [7] } }, ALL] },
      'rules[0].match.users[0] must be a text, not 7; quote it'
    ],
    [
      'an end of a call that is left out',
      { rules: [{ ...ALL, omitStages: ['received', 'error'] }] },
      'rules[0].omitStages[1] is the end of a call, which a call without would be missing; leave the whole call out with level None'
    ],
    [
      'no last rule for all calls',
      { rules: [{ ...ALL, match: { users: 'a' } }] },
      'rules[0] is the last one and matches some calls alone; end the policy with a last rule without match, such as { level: RequestResponse }'
    ],
    [
      'a rule behind one for all calls',
      { rules: [{ name: 'all', ...ALL }, ALL] },
      'rules[1] is never reached: all matches all of it first; move it up, or take it out'
    ],
    [
      'a rule that a wider one takes',
      {
        rules: [
          { ...ALL, match: { models: ['gpt-*', 'x'] } },
          { ...ALL, match: { models: ['gpt-5', 'x'], tags: { a: '1' } } },
          ALL
        ]
      },
      'rules[1] is never reached: rule-1 matches all of it first; move it up, or take it out'
    ],
    [
      'a name twice',
      {
        rules: [
          { ...ALL, name: 'a', match: { users: 'b' } },
          { ...ALL, name: 'a' }
        ]
      },
      'rules[1].name is the name of rule 1 too; give each rule a name of its own'
    ],
    [
      'an unknown capture',
      { rules: [{ ...ALL, capture: { reasoning: 'hash' } }] },
      "rules[0].capture.reasoning must be one of keep, digest, encrypt, drop, not 'hash'"
    ],
    [
      'another version',
      { apiVersion: 'v2', rules: [ALL] },
      "apiVersion must be slm-audit/v1, not 'v2'"
    ],
    ['a lone surrogate', { name: '\ud800', rules: [ALL] }, expect.stringContaining('surrogate')]
  ])('%s', (_, document, problem) => {
    expect(problemsOf(document)).toEqual([problem])
  })

  test('all of it is said at once', () => {
    expect(problemsOf({ kinds: 1, rules: [{ level: 'All' }, 7] })).toHaveLength(3)
  })

  test('a rule among thousands that one above takes is found, by tags and beginnings as well', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => ({
      ...ALL,
      match: { tags: { place: [`p-${at}`, `q-${at}-*`] } }
    }))
    const hidden = { ...ALL, match: { users: 'u', tags: { place: ['q-77-9', 'p-77'] } } }
    const open = { ...ALL, match: { tags: { place: ['q-77-9', 'p-78'] } } }
    expect(problemsOf({ rules: [...many, open, hidden, ALL] })).toEqual([
      'rules[10001] is never reached: rule-78 matches all of it first; move it up, or take it out'
    ])
  })

  test('twenty thousand rules that share a condition are checked in seconds', () => {
    const match = (user: number) => ({ match: { models: 'm', users: `u-${user}` } })
    const rules = Array.from({ length: 20_000 }, (_, at) => ({ ...ALL, ...match(at) }))
    const start = performance.now()
    expect(problemsOf({ rules: [...rules, { ...ALL, ...match(77) }, ALL] })).toEqual([
      'rules[20000] is never reached: rule-78 matches all of it first; move it up, or take it out'
    ])
    expect(performance.now() - start).toBeLessThan(15_000)
  })

  test('a rule is not hidden by one with another expression', () => {
    const rules = ['m', 'n'].map((name) => ({ ...ALL, when: `model == "${name}"` }))
    expect(problemsOf({ rules: [...rules, ALL] })).toEqual([])
    expect(problemsOf({ rules: [...rules, { ...ALL, ...rules[0] }, ALL] })).toEqual([
      'rules[2] is never reached: rule-1 matches all of it first; move it up, or take it out'
    ])
  })

  test('narrower rules may stand above wider ones', () => {
    const rules = [
      { ...ALL, match: { models: 'gpt-5' } },
      { ...ALL, match: { models: 'gpt-*' } },
      { ...ALL, match: { models: 'gpt-*', users: 'u' } },
      ALL
    ]
    expect(problemsOf({ rules })).toEqual([
      'rules[2] is never reached: rule-2 matches all of it first; move it up, or take it out'
    ])
    expect(problemsOf({ rules: [rules[0], rules[1], ALL] })).toEqual([])
  })
})
