import { isObject } from '../base/json.ts'
import { checkReach } from './check-reach.ts'
import { checkRecipients } from './check-recipients.ts'
import { checkDetectors } from './check-redact.ts'
import { checkRetention } from './check-retention.ts'
import { checkOmitted, checkRule } from './check-rule.ts'
import { API_VERSION, POLICY_KIND, type PolicyDocument } from './policy-document.ts'
import { PolicyChecker, type PolicyProblem } from './problems.ts'

/** Members of a policy. */
const POLICY = [
  'apiVersion',
  'kind',
  'name',
  'omitStages',
  'recipients',
  'detectors',
  'retention',
  'rules'
]

/**
 * All that is wrong with a policy; nothing where it can be used. Never throws.
 *
 * @param isNew Whether nobody has checked it before; true unless given.
 */
export function checkPolicy(document: unknown, isNew = true): readonly PolicyProblem[] {
  const checker = new PolicyChecker(isNew)
  if (!checker.isObjectOf(document, POLICY, [])) return checker.problems
  checker.word(document.apiVersion, [API_VERSION], ['apiVersion'])
  checker.word(document.kind, [POLICY_KIND], ['kind'])
  checker.text(document.name, ['name'])
  checkOmitted(checker, document.omitStages, ['omitStages'])
  checkRules(checker, document.rules, checkDetectors(checker, document.detectors))
  checkRecipients(checker, document.recipients, document.rules)
  checkRetention(checker, document.retention, document.rules)
  if (checker.problems.length === 0) checkReach(checker, (document as PolicyRules).rules)
  return checker.problems
}

type PolicyRules = Pick<PolicyDocument, 'rules'>

function checkRules(checker: PolicyChecker, rules: unknown, detectors: readonly string[]): void {
  const all = 'a last rule without match, such as { level: RequestResponse }'
  if (!Array.isArray(rules) || rules.length === 0) {
    checker.refuse(['rules'], `must be a list of at least one rule; begin with ${all}`)
    return
  }
  for (const [index, rule] of rules.entries()) {
    checkRule(checker, rule, ['rules', index], detectors)
  }
  checkNames(checker, rules)
  const last: unknown = rules.at(-1)
  if (!isObject(last)) return
  const { match, when, ask, decide } = last
  const matchesAll = match === undefined || (isObject(match) && Object.keys(match).length === 0)
  const isCatchAll = matchesAll && (when ?? ask ?? decide) === undefined
  if (isCatchAll) return
  checker.refuse(
    ['rules', rules.length - 1],
    `is the last one and matches some calls alone; end the policy with ${all}`
  )
}

function checkNames(checker: PolicyChecker, rules: readonly unknown[]): void {
  const names = new Map<unknown, number>()
  rules.forEach((rule, index) => {
    const name = (isObject(rule) ? rule.name : undefined) ?? `rule-${index + 1}`
    const other = names.get(name)
    names.set(name, index)
    if (other === undefined) return
    const path = ['rules', index, 'name']
    checker.refuse(path, `is the name of rule ${other + 1} too; give each rule a name of its own`)
  })
}
