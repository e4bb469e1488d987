import { heirless } from '../base/json-text.ts'

/** What an object itself had where ours was laid. */
const beneath = new WeakMap<object, unknown>()

/** A member of an object's own as it was before ours was laid over it, `undefined` where there was none. */
export function beneathOurs(member: unknown): unknown {
  let at = member
  while (typeof at === 'function' && beneath.has(at)) at = beneath.get(at)
  return at
}

/**
 * For adapters: puts a member over one that an object has or inherits, in sight of enumeration where the object's own was.
 * Returns false where the object is frozen or sealed, or a proxy that refuses or hides it: it stays as it is then.
 * Never throws.
 */
export function layOver(
  target: object,
  name: PropertyKey,
  laid: Pick<PropertyDescriptor, 'value' | 'get' | 'set'>
): boolean {
  try {
    const { value, get } = laid as { readonly value?: unknown; readonly get?: unknown }
    const found = Object.getOwnPropertyDescriptor(target, name)
    const own = found && heirless(found)
    if (typeof value === 'function') beneath.set(value, own?.value)
    const { enumerable = false } = own ?? {}
    // What is fixed where it is may still be another value.
    const isFixed = own?.configurable === false && own.writable === true && !get
    const member = { ...laid, ...(!get && { writable: true }), configurable: true, enumerable }
    if (!Reflect.defineProperty(target, name, heirless(isFixed ? { value } : member))) return false
    const shown = Object.getOwnPropertyDescriptor(target, name)
    if (get ? shown?.get === get : shown?.value === value) return true
    return !get && Reflect.get(target, name) === value
  } catch {
    // A proxy may refuse anything.
    return false
  }
}
