import { createAuditLog, memoryJournal, type PolicyDocument } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { parsePolicy } from '@slm-audit/core/policy'
import { describe, expect, test, vi } from 'vitest'
import { permits } from '../src/index.ts'

const POLICIES = `permit(principal in Group::"staff", action == Action::"chat", resource);
permit(principal, action, resource == Tool::"search");
forbid(principal, action, resource == Model::"big")
  unless { context has tenant && context.tenant == "nord" && context.tags has budget && context.tags.budget > 10 };
`
const module = new URL('../src/index.ts', import.meta.url).href
const policyOf = (policies: string): PolicyDocument => ({
  rules: [
    {
      name: 'cedar',
      level: 'Request',
      ask: { module, name: 'forbids', options: { policies } },
      deny: 'Cedar forbids it'
    },
    { name: 'rest', level: 'RequestResponse' }
  ]
})
const staff = { operation: 'chat', user: 'ada', groups: ['staff'] }

describe('Cedar says who may call what', () => {
  test.each<[string, object, boolean]>([
    ['a group', { ...staff, model: 'small' }, true],
    ['somebody else', { ...staff, groups: ['guests'], model: 'small' }, false],
    ['another operation', { ...staff, operation: 'embeddings', model: 'small' }, false],
    ['a model that is forbidden', { ...staff, model: 'big' }, false],
    [
      'the same with what it needs',
      { ...staff, model: 'big', tenant: 'nord', tags: { budget: 11 } },
      true
    ],
    ['a tool', { kind: 'tool', operation: 'execute_tool', tools: 'search' }, true],
    ['nothing known', {}, false]
  ])('%s', (_, facts, isAllowed) => {
    expect(permits(facts, { policies: POLICIES })).toBe(isAllowed)
    const { rule } = parsePolicy(policyOf(POLICIES)).decide(facts)
    expect(rule).toBe(isAllowed ? 'rest' : 'cedar')
  })

  test('a call that it forbids is not made', async () => {
    const log = createAuditLog({
      journal: memoryJournal(),
      platform: nodePlatform(),
      policy: policyOf(POLICIES)
    })
    const model = vi.fn(async () => 'answer')
    const ask = (user: string, groups: string[]) =>
      log.withContext({ user, groups }, () =>
        log.record({ operation: 'chat', provider: 'mine', model: 'small' }, model)
      )
    await expect(ask('bob', ['guests'])).rejects.toMatchObject({ code: 'denied' })
    expect(model).not.toHaveBeenCalled()
    expect(await ask('ada', ['staff'])).toBe('answer')
    await log.close()
  })
})

test('a mistake is found when the policy is read, with its line', () => {
  expect(() => parsePolicy(policyOf('permit(principal, action, resource);\npermit(x);'))).toThrow(
    /rules\[0\].ask is not in Cedar on line 2: /
  )
  const nothing = { module, name: 'forbids', options: {} }
  const ask = (given: object) => () =>
    parsePolicy({ rules: [{ level: 'Metadata', ask: given as never }, { level: 'None' }] })
  expect(ask(nothing)).toThrow('needs options.policies')
  expect(ask({ ...nothing, name: 'allows' })).toThrow('exports no function allows')
  expect(ask({ ...nothing, module: './here.ts' })).toThrow('must be a package')
})

test('a policy that fails for a call decides, and headers alone are recorded', () => {
  const policy = parsePolicy(
    policyOf('permit(principal, action, resource) when { context.tenant == "nord" };')
  )
  expect(policy.decide(staff)).toMatchObject({
    rule: 'cedar',
    level: 'Metadata',
    failed: expect.any(String)
  })
})
