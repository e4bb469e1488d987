import { messageOf } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { checkAgeRecipient } from '../protect/age.ts'
import { type PolicyChecker, type PolicyPath, shown } from './problems.ts'

/** Notes what is wrong with those whom contents are encrypted to, and rules that encrypt to nobody. */
export function checkRecipients(checker: PolicyChecker, given: unknown, rules: unknown): void {
  if (given === undefined) {
    if (!Array.isArray(rules)) return
    for (const [index, rule] of rules.entries()) checkEncrypting(checker, rule, ['rules', index])
  } else if (!Array.isArray(given) || given.length === 0) {
    checker.refuse(['recipients'], 'must be a list of age recipients, such as [age1…]')
  } else {
    for (const [index, recipient] of given.entries()) {
      checkRecipient(checker, recipient, index)
    }
  }
}

function checkRecipient(checker: PolicyChecker, recipient: unknown, index: number): void {
  const path = ['recipients', index]
  if (typeof recipient !== 'string') {
    checker.refuse(path, `must be an age recipient (age1…), not ${shown(recipient)}`)
    return
  }
  try {
    checkAgeRecipient(recipient)
  } catch (cause) {
    checker.refuse(path, messageOf(cause))
  }
}

/** Notes what a rule encrypts, for a policy without recipients. */
export function checkEncrypting(checker: PolicyChecker, rule: unknown, path: PolicyPath): void {
  if (!isObject(rule) || !isObject(rule.capture)) return
  for (const [name, fate] of Object.entries(rule.capture)) {
    if (fate !== 'encrypt') continue
    const next = 'give the policy recipients: [age1…], whose identities stay elsewhere (age-keygen)'
    checker.refuse([...path, 'capture', name], `is encrypt, but nobody could read it; ${next}`)
  }
}
