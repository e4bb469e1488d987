import { nearestName } from '../base/check-options.ts'
import { setMember } from '../base/json.ts'
import { clip } from './outcome.ts'
import type { Alteration } from './record.ts'

/** What a value becomes in the header: itself, another value, or `undefined` where it has no place. */
type Fit = (value: unknown) => unknown

/** How the members of an object fit into the header. */
export type Shape<T = object> = { readonly [Name in keyof Required<T>]: Fit }

type Members = { readonly [name: string]: unknown }

/**
 * The members of `given` that have a place in a group of the header; the others are left out, or
 * replaced where only their type is another, and marked: nothing that an application or a provider
 * gives can make a record that the schema refuses. `at` is the group's JSON Pointer. What the shape
 * does not name has no place, unless `rest` gives it one.
 */
export function fitted<T extends object>(
  shape: Shape<T>,
  given: T,
  at: string,
  marks: Alteration[],
  rest?: Fit
): T {
  const source = given as Members
  const fits = shape as { readonly [name: string]: Fit | undefined }
  let result: { [name: string]: unknown } | undefined
  for (const name of Object.keys(source)) {
    const value = source[name]
    if (value === undefined) continue
    const found = (Object.hasOwn(fits, name) ? fits[name] : rest)?.(value)
    if (found === value) continue
    result ??= { ...source }
    if (found === undefined) delete result[name]
    else setMember(result, name, found)
    const what = found === undefined ? 'unread' : 'replaced'
    marks.push({ pointer: `${at}/${name}`, what, reason: kindOf(value) })
  }
  return (result ?? source) as T
}

/** Marks the members of `given` that nothing reads: most likely misspelt. */
export function markUnknown(given: object, known: object, at: string, marks: Alteration[]): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue
    const near = nearestName(name, Object.keys(known))
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    const pointer = `${at}/${clip(name).replaceAll('~', '~0').replaceAll('/', '~1')}`
    marks.push({ pointer, what: 'unread', reason: `no such member${hint}` })
  }
}

/** Whether a mark tells of a member of a group that was left out by `fitted` or `markUnknown`. */
export function isLeftOut({ pointer, what }: Alteration): boolean {
  return what === 'unread' && pointer.includes('/', 1)
}

/** Text; numbers and the like are written as text. */
export const text = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value
  const isPlain =
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
  return isPlain ? String(value) : undefined
}

/** A whole number from 0. */
export const count: Fit = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? value : undefined

/** A finite number. */
export const finite: Fit = (value) => (Number.isFinite(value) ? value : undefined)

/** True or false. */
export const flag: Fit = (value) => (typeof value === 'boolean' ? value : undefined)

/** The digits of a SHA-256 in lower-case hexadecimal. */
export const digest: Fit = (value) =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined

/** Whatever canonical JSON can hold once `member` has seen to it. */
export const anything: Fit = (value) => value

/** An object with members of any kind. */
export const map: Fit = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined

/** A list whose items fit; those that do not are left out. */
export function list(fit: Fit): Fit {
  return (value) => {
    if (!Array.isArray(value)) return undefined
    const items = value.map(fit)
    if (items.every((item, at) => item === value[at])) return value
    return items.filter((item) => item !== undefined)
  }
}

/** An object of these members, of which those in `needed` must be there. */
export function group(
  shape: { readonly [name: string]: Fit },
  needed: readonly string[] = []
): Fit {
  return (value) => {
    if (map(value) === undefined) return undefined
    const marks: Alteration[] = []
    const found = fitted(shape, value as object, '', marks) as Members
    return needed.every((name) => found[name] !== undefined) ? found : undefined
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
