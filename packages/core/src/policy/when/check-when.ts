import { messageOf } from '../../base/error.ts'
import type { AskedModule } from '../policy-document.ts'
import { type PolicyChecker, type PolicyPath, shown } from '../problems.ts'
import { parseExpression } from './expression.ts'

/** Notes what is wrong with an expression of a rule. */
export function checkWhen(checker: PolicyChecker, when: unknown, path: PolicyPath): void {
  checker.text(when, path)
  if (typeof when !== 'string' || when === '') return
  try {
    parseExpression(when)
  } catch (cause) {
    checker.refuse(path, messageOf(cause))
  }
}

/** Notes what is wrong with the module that a rule asks. `load` is what loads its function. */
export function checkAsk(
  checker: PolicyChecker,
  ask: unknown,
  path: PolicyPath,
  load: (asked: AskedModule) => unknown
): void {
  if (ask === undefined || !checker.isObjectOf(ask, ['module', 'name', 'options'], path)) return
  const { module, name, options } = ask
  if (typeof module !== 'string' || module === '' || module.startsWith('.')) {
    const form = 'a package, or the absolute path or the address of a file'
    checker.refuse([...path, 'module'], `must be ${form}, not ${shown(module)}`)
  } else if (typeof name !== 'string' || name === '') {
    checker.refuse([...path, 'name'], 'must be the name of a function that the module exports')
  } else {
    try {
      load({ module, name, options })
    } catch (cause) {
      checker.refuse(path, messageOf(cause))
    }
  }
}
