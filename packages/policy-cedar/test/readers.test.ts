import { decideAccess, parseRoles } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'

const POLICIES = `permit(principal, action == Action::"read", resource == Contents::"none");
permit(principal in Group::"support", action == Action::"read", resource == Contents::"masked") when { context has reason };
permit(principal == User::"max", action == Action::"read", resource == Contents::"whole");
permit(principal in Group::"support", action == Action::"breakGlass", resource);
forbid(principal == User::"eve", action, resource);
forbid(principal, action, resource) when { context has user && context.user == "guest" };
`
const module = new URL('../src/index.ts', import.meta.url).href
const groups = { support: ['ann', 'olga'] }
const rolesOf = (policies: string, more: object = {}) =>
  parseRoles({ ask: { module, options: { policies, groups, ...more } } })

describe('Cedar says who may read what of a log', () => {
  test.each<[string, object, string | RegExp]>([
    ['with a reason', { by: 'ann', reason: 'T-1' }, 'masked'],
    ['without one', { by: 'ann' }, 'none'],
    ['in no group', { by: 'otto', reason: 'T-1' }, 'none'],
    ['by name', { by: 'max' }, 'whole'],
    ['less than is permitted', { by: 'max', contents: 'masked' }, 'masked'],
    [
      'more than is permitted',
      { by: 'ann', reason: 'T-1', contents: 'whole' },
      /given contents masked/
    ],
    ['forbidden', { by: 'eve', reason: 'T-1' }, /no role that may read/],
    ['break the glass', { by: 'olga', reason: 'fire', breakGlass: { minutes: 5 } }, 'whole'],
    ['may not break it', { by: 'max', reason: 'fire', breakGlass: { minutes: 5 } }, /may not break/]
  ])('%s', (_, asked, expected) => {
    const decide = () => decideAccess(asked, 'root', rolesOf(POLICIES)).contents
    if (typeof expected === 'string') expect(decide()).toBe(expected)
    else expect(decide).toThrow(expected)
  })

  test("the operating system's user counts as well as the name that is given", () => {
    expect(() => decideAccess({ by: 'max' }, 'guest', rolesOf(POLICIES))).toThrow(/no role/)
  })

  test('who is permitted something with a reason alone is told so', () => {
    const needs = 'permit(principal, action, resource) when { context has reason };'
    const decide = (asked: object) => decideAccess(asked, 'root', rolesOf(needs)).contents
    expect(() => decide({ by: 'ann' })).toThrow(/needs a reason/)
    expect(decide({ by: 'ann', reason: 'T-1' })).toBe('whole')
  })

  test('what is forbidden for a reason is not given for another one', () => {
    const forbidden = `permit(principal, action, resource) when { context has reason };
forbid(principal, action, resource) when { context has reason && context.reason like "curious*" };`
    const asked = { by: 'ann', reason: 'curious about him' }
    expect(() => decideAccess(asked, 'root', rolesOf(forbidden))).toThrow(/no role that may read/)
  })

  test.each([
    ['permit(x);', /ask is not in Cedar on line 1/],
    ['permit(principal, action, resource) when { context.tenant == "n" };', /cannot be evaluated/]
  ])('nobody reads by a policy that is wrong: %s', (policies, message) => {
    expect(() => decideAccess({ by: 'ann' }, 'root', rolesOf(policies))).toThrow(message)
  })

  test.each([
    [{ module, name: 'readers' }, /exports no function readers/],
    [{ module: 'no-such-package' }, /cannot be loaded/],
    [{ module, options: {} }, /needs options.policies/],
    [
      { module, options: { policies: POLICIES, groups: { support: 'joanna' } } },
      /a list of people/
    ],
    [{ module, options: { policies: POLICIES, groups: ['ann'] } }, /a list of people/],
    [{ module, more: 1 }, /no member more/],
    [{ name: 'reader' }, /ask.module must be a package/]
  ])('and roles that cannot ask are refused: %j', (ask, message) => {
    expect(() => parseRoles({ ask })).toThrow(message)
  })
})
