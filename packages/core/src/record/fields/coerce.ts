import { isObject, setMember } from '../../base/json.ts'
import type { Alteration } from '../record.ts'
import { splitMeasures } from '../split-facts.ts'
import type { Field, Fields, ScalarKind, Shape } from './field.ts'
import { isId, isLabel, isName, pathOf, pointerPart, titleOf } from './names.ts'

type Members = { readonly [name: string]: unknown }

/** What a header takes of a group, and what of it has to stand in a content. */
export interface Coerced<T> {
  /** `given` itself where all of it may stand there. */
  readonly value: T
  /** The members that may not, where they were. */
  readonly moved?: Members | undefined
}

/**
 * Coerces the members of a group into a header: those that have no place are left out or, where only their type
 * is another, replaced; texts that may say something or name somebody are moved. All of it is marked. Nothing that
 * an application or a provider gives can make a record that the schema refuses. `at` is the group's JSON Pointer.
 */
export function coerce<T extends object>(
  fields: Fields,
  given: T,
  at: string,
  marks: Alteration[]
): Coerced<T> {
  const heard: Heard = (name, value, change) =>
    marks.push(markOf(`${at}/${pointerPart(name)}`, value, change))
  const found = new Coercion((given as Members).model).group(fields, given as Members, heard)
  return found instanceof Changed
    ? { value: found.value as T, moved: found.moved as Members | undefined }
    : { value: given }
}

/** {@link coerce} for one field of the header, of whatever shape; `undefined` where nothing may stand there. */
export function fittedValue(
  field: Field,
  value: unknown,
  at: string,
  marks: Alteration[]
): { readonly value: unknown; readonly moved?: unknown } {
  if (field.is === 'group' && isObject(value)) {
    const found = coerce(field.of, value, at, marks)
    return isWhole(field.of, found.value) ? found : { value: undefined, moved: found.moved }
  }
  const found = new Coercion(undefined).value(field, value)
  if (found === value) return { value }
  const change = found instanceof Changed ? found : new Changed(found)
  marks.push(markOf(at, value, change))
  return change
}

/** A value that does not stand in the header as it was given. */
class Changed {
  readonly value: unknown
  readonly moved: unknown

  constructor(value: unknown, moved?: unknown) {
    this.value = value
    this.moved = moved
  }
}

const NO_PLACE = new Changed(undefined)

type Heard = (name: string, value: unknown, change: Changed) => void

class Coercion {
  readonly #model: string | undefined

  constructor(model: unknown) {
    this.#model = typeof model === 'string' ? model : undefined
  }

  /**
   * `given` itself, or what becomes of it. Members that are in no field move. `heard` hears of each member
   * that does not stand there as it was given.
   */
  group(fields: Fields, given: Members, heard?: Heard): unknown {
    let kept: { [name: string]: unknown } | undefined
    let moved: { [name: string]: unknown } | undefined
    for (const name of Object.keys(given)) {
      const value = given[name]
      if (value === undefined) continue
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined
      const found = field === undefined ? new Changed(undefined, value) : this.value(field, value)
      if (found === value) continue
      kept ??= { ...given }
      const change = found instanceof Changed ? found : new Changed(found)
      if (change.value === undefined) delete kept[name]
      else kept[name] = change.value
      if (change.moved !== undefined) {
        moved ??= {}
        setMember(moved, name, change.moved)
      }
      heard?.(name, value, change)
    }
    return kept === undefined ? given : new Changed(kept, moved)
  }

  value(shape: Shape, value: unknown): unknown {
    switch (shape.is) {
      case 'group':
        return this.#whole(shape.of, value)
      case 'list':
        return Array.isArray(value) ? this.#list(shape.of, value) : NO_PLACE
      case 'map':
        return isObject(value) ? this.#map(shape.of, value) : NO_PLACE
      case 'word':
        return shape.of.includes(value as string) ? value : NO_PLACE
      case 'path':
        return this.#path(value)
      default:
        return SCALARS[shape.is](value)
    }
  }

  /** A group inside of a group: without a field that it needs it has no place. */
  #whole(fields: Fields, value: unknown): unknown {
    if (!isObject(value)) return NO_PLACE
    const found = this.group(fields, value)
    const kept = found instanceof Changed ? found.value : found
    if (isWhole(fields, kept as Members)) return found
    return found instanceof Changed && found.moved !== undefined
      ? new Changed(undefined, value)
      : NO_PLACE
  }

  /** Items that do not fit are left out; where one of them says something, the whole list moves beside. */
  #list(shape: Shape, items: readonly unknown[]): unknown {
    const found = items.map((item) => this.value(shape, item))
    if (found.every((item, index) => item === items[index])) return items
    const values = found.map((item) => (item instanceof Changed ? item.value : item))
    const isMoved = found.some((item) => item instanceof Changed && item.moved !== undefined)
    return new Changed(
      values.filter((item) => item !== undefined),
      isMoved ? items : undefined
    )
  }

  #map(shape: Shape, members: Members): unknown {
    if (shape.is === 'json') return members
    const names = Object.keys(members)
    const found = names.map((name) => {
      const value = this.value(shape, members[name])
      return titleOf(name) === name || members[name] === undefined
        ? value
        : new Changed(undefined, members[name])
    })
    if (found.every((value, index) => value === members[names[index] ?? ''])) return members
    const kept: { [name: string]: unknown } = {}
    const moved: { [name: string]: unknown } = {}
    found.forEach((value, index) => {
      const name = names[index] ?? ''
      const change = value instanceof Changed ? value : new Changed(value)
      if (change.value !== undefined) setMember(kept, name, change.value)
      if (change.moved !== undefined) setMember(moved, name, change.moved)
    })
    return new Changed(kept, Object.keys(moved).length > 0 ? moved : undefined)
  }

  #path(value: unknown): unknown {
    if (typeof value !== 'string') return NO_PLACE
    const path = pathOf(value, this.#model)
    return path === value ? value : new Changed(path, value)
  }
}

/** Whether a group has all that it always has. */
function isWhole(fields: Fields, group: Members): boolean {
  for (const name of Object.keys(fields)) {
    if (fields[name]?.isNeeded && group[name] === undefined) return false
  }
  return true
}

function markOf(pointer: string, value: unknown, { value: kept, moved }: Changed): Alteration {
  if (moved !== undefined) return { pointer, what: 'moved' }
  return { pointer, what: kept === undefined ? 'unread' : 'replaced', reason: kindOf(value) }
}

type Scalar = (value: unknown) => unknown

/** A text of one form; another one moves, and what is not text is written as one. */
function texts(isFit: (text: string) => boolean): Scalar {
  return (value) => {
    const text = typeof value === 'string' ? value : textOf(value)
    if (text === undefined) return NO_PLACE
    if (!isFit(text)) return new Changed(undefined, text)
    return text
  }
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0
const only =
  (isFit: (value: unknown) => boolean): Scalar =>
  (value) =>
    isFit(value) ? value : NO_PLACE

const SCALARS: { readonly [Kind in Exclude<ScalarKind, 'path'>]: Scalar } = {
  text: (value) => textOf(value) ?? NO_PLACE,
  name: texts(isName),
  label: texts(isLabel),
  id: texts(isId),
  title: (value) => {
    const text = typeof value === 'string' ? value : textOf(value)
    if (text === undefined) return NO_PLACE
    const title = titleOf(text)
    return title === text ? text : new Changed(title, text)
  },
  count: only(isCount),
  number: only((value) => Number.isFinite(value)),
  measure: only((value) => Number.isFinite(value) && Number(value) >= 0),
  flag: only((value) => typeof value === 'boolean'),
  digest: only((value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)),
  instant: only((value) => typeof value === 'string' && INSTANT.test(value)),
  facts: only(isObject),
  measures: (value) => {
    const { facts, texts: said } = splitMeasures(value)
    return facts === value ? value : new Changed(facts, said)
  },
  json: (value) => value
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Text; numbers and the like are written as text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const isPlain =
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
  return isPlain ? String(value) : undefined
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
