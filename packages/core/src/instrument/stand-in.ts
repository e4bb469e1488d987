import { passFor } from '../base/host-functions.ts'

/**
 * An object that passes for `original` and has `members` in place of its own. All else is read from `original` and set
 * there, now and later; where that is a function, `passed` says what is given for it. `original` itself stays as it is, also
 * where it is frozen.
 */
export function standInFor<T extends object>(
  original: T,
  members: { readonly [name: PropertyKey]: unknown },
  passed: Passed<T> = (_, value) => value
): T {
  const isOurs = (key: PropertyKey) => Object.hasOwn(members, key)
  const given = (key: PropertyKey, value: unknown): unknown => {
    if (isOurs(key)) return members[key]
    return typeof value === 'function' ? passed(key, value as AnyMethod, standIn) : value
  }
  // What a proxy stands for may promise no members that never change, unless it always gives them.
  const copy = Object.create(Object.getPrototypeOf(original) as object | null) as T
  const shown = (): T => {
    if (!Object.isExtensible(copy)) return copy
    for (const key of Reflect.ownKeys(copy)) {
      if (!Object.hasOwn(original, key)) Reflect.deleteProperty(copy, key)
    }
    for (const key of Reflect.ownKeys(original)) {
      const member = Object.getOwnPropertyDescriptor(original, key)
      const laid = member && 'value' in member && { value: given(key, member.value) }
      Reflect.defineProperty(copy, key, { ...member, ...laid, configurable: true })
    }
    return copy
  }
  const standIn: T = passFor(original, copy, { given, shown })
  // Who prints a proxy prints what it stands over, and asks nobody.
  Reflect.ownKeys(standIn)
  return standIn
}

/** What a stand-in gives for a function of its original's. */
export type Passed<T> = (key: PropertyKey, value: AnyMethod, standIn: T) => unknown

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/** For `standInFor`: calls `methods` on the original itself, because private members are nobody else's. */
export function boundTo<T extends object>(original: T, methods: readonly string[]): Passed<T> {
  return (key, value) => (methods.some((name) => name === key) ? value.bind(original) : value)
}
