import { isObject, ownMember, setMember } from '../../base/json.ts'

/**
 * What is known of something that an answer tells several times, each time as far as it is: a usage, an item,
 * a message that comes whole behind its pieces. Members are put together, lists in their order. What is absent, `null`, empty, or
 * a count of 0 where there was one, says nothing against what was told before; nor does a text that is the
 * beginning of the one before. Changes neither.
 */
export function laterState(before: unknown, later: unknown): unknown {
  if (saysNothing(later)) return before ?? later
  if (Array.isArray(before) && Array.isArray(later)) return laterList(before, later)
  if (isObject(before) && isObject(later)) {
    const state: { [name: string]: unknown } = { ...before }
    for (const [name, value] of Object.entries(later)) {
      setMember(state, name, laterState(ownMember(before, name), value))
    }
    return state
  }
  if (typeof before === 'number' && later === 0) return before
  if (typeof before === 'string' && typeof later === 'string' && before.startsWith(later)) {
    return before
  }
  return later
}

/** Items of one kind in one place are one; where the kinds differ the later list stands. */
function laterList(before: readonly unknown[], later: readonly unknown[]): readonly unknown[] {
  const isSame = later.every((item, at) => at >= before.length || isSameKind(before[at], item))
  if (!isSame) return later
  const state = later.map((item, at) => laterState(before[at], item))
  return [...state, ...before.slice(later.length)]
}

function isSameKind(before: unknown, later: unknown): boolean {
  if (!isObject(before) || !isObject(later)) return before === later
  return ['type', 'id', 'modality'].every(
    (name) => saysNothing(before[name]) || saysNothing(later[name]) || before[name] === later[name]
  )
}

function saysNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  )
}
