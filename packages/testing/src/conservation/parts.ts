import { isObject } from '@slm-audit/core/adapter'

/** A text, number or switch of an event. */
export interface Part {
  readonly value: string | number | boolean
  /** The member that it is. */
  readonly name: string
  /** The names that lead to it, as in `/choices/delta/content`. */
  readonly place: string
}

/** Members that say how events follow each other, and of which kind things are. */
const STRUCTURE = /^(type|object|event_type|sequence_number)$|(^|_)index$|Index$/

/** Whether a member only says how events follow each other, or of which kind something is. */
export function isStructure(name: string): boolean {
  return STRUCTURE.test(name)
}

/** All that a value says, but for members that `isSkipped`. */
export function partsOf(
  value: unknown,
  isSkipped: (name: string) => boolean,
  place = '',
  name = ''
): Part[] {
  if (Array.isArray(value)) return value.flatMap((item) => partsOf(item, isSkipped, place, name))
  if (isObject(value)) {
    return Object.entries(value).flatMap(([inner, member]) =>
      isSkipped(inner) && typeof member !== 'object'
        ? []
        : partsOf(member, isSkipped, `${place}/${inner}`, inner)
    )
  }
  const isPart = typeof value === 'string' || typeof value === 'number' || value === true
  return isPart && value !== '' ? [{ value, name, place }] : []
}

/** Changes each member of a value; `undefined` leaves one out. */
export function mapMembers(
  value: unknown,
  change: (name: string, member: unknown, place: string) => Readonly<Record<string, unknown>>,
  place = ''
): unknown {
  if (Array.isArray(value)) return value.map((item) => mapMembers(item, change, place))
  if (!isObject(value)) return value
  const members = Object.entries(value).flatMap(([name, member]) => {
    const below = `${place}/${name}`
    return Object.entries(change(name, member, below)).map(([renamed, changed]) => [
      renamed,
      mapMembers(changed, change, below)
    ])
  })
  return Object.fromEntries(members)
}
