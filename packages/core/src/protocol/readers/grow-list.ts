import { setMember } from '../../base/json.ts'

/** Lists that a fold made, and may add to; those of events stay as they came. */
const own = new WeakSet<object>()

/**
 * For folds: adds items to the list that `fields` has as `name`, which it makes, or makes its own, when it first adds to it.
 * Adding to a long list costs what the items do.
 */
export function growList(
  fields: { [name: string]: unknown },
  name: string,
  items: readonly unknown[]
): unknown[] {
  const before = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (Array.isArray(before) && own.has(before)) {
    for (const item of items) before.push(item)
    return before
  }
  const made: unknown[] = Array.isArray(before) ? before.concat(items) : [...items]
  own.add(made)
  setMember(fields, name, made)
  return made
}
