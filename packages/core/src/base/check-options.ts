import { AuditError } from './error.ts'
import { isObject } from './json.ts'

/**
 * Throws AuditError `bad_option` when `options` is no object, or has a member that is not in `known`.
 */
export function refuseUnknown(where: string, options: object, known: readonly string[]): void {
  if (!isObject(options as unknown)) {
    throw new AuditError('bad_option', `${where} takes an object of options: ${known.join(', ')}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = nearestName(name, known)
    const hint = near ? `did you mean ${near}?` : `it takes ${known.join(', ')}`
    throw new AuditError('bad_option', `${where} has no option ${name}; ${hint}`)
  }
}

/** The known name that `name` is most likely meant to be, if any is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  return known.find((candidate) => isNear(candidate, name))
}

function isNear(left: string, right: string): boolean {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()]
  if (a === b || a.startsWith(b) || b.startsWith(a)) return true
  const letters = new Set(b)
  const shared = [...new Set(a)].filter((letter) => letters.has(letter)).length
  return Math.abs(a.length - b.length) <= 2 && shared >= Math.max(a.length, b.length) - 2
}
