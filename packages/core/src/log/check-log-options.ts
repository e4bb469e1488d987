import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { LogOption, LogOptionTable } from './log-options.ts'

/**
 * Checks options against a table and gives them completed by what holds unless they are given. Throws AuditError
 * `bad_option` that names the option and what it takes.
 */
export function checkLogOptions(
  options: object,
  table: LogOptionTable
): { readonly [name: string]: unknown } {
  if (!isObject(options)) throw bad('createAuditLog needs an options object')
  refuseUnknown('createAuditLog', options, Object.keys(table))
  const checked: { [name: string]: unknown } = {}
  for (const [name, option] of Object.entries(table)) {
    const value = options[name] ?? ('unless' in option ? option.unless : undefined)
    if (value !== undefined || option.isNeeded) checkOption(name, option, value)
    checked[name] = value
  }
  return checked
}

function checkOption(name: string, option: LogOption, value: unknown): void {
  if (isTaken(option, value)) return
  const isPromise = isObject(value) && typeof value.then === 'function'
  throw bad(
    `${name} must be ${wordsOf(option)}${isPromise ? ', not a promise: await what makes it' : ''}`
  )
}

function isTaken(option: LogOption, value: unknown): boolean {
  switch (option.takes) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number' && value >= option.least
    case 'word':
      return typeof value === 'string' && option.of.includes(value)
    case 'function':
      return typeof value === 'function'
    case 'list':
      return Array.isArray(value)
    case 'other':
      return true
    case 'object':
      return isObject(value) && typeof value[option.method] === 'function'
  }
}

function wordsOf(option: LogOption): string {
  switch (option.takes) {
    case 'text':
      return 'a string'
    case 'number':
      return `a number of at least ${option.least}`
    case 'word':
      return `one of ${option.of.join(', ')}`
    case 'function':
      return 'a function'
    case 'list':
      return `a list${option.hint === undefined ? '' : ` of ${option.hint}`}`
    case 'other':
      return option.type
    case 'object':
      return option.hint
  }
}

function bad(message: string): AuditError {
  return new AuditError('bad_option', message)
}
