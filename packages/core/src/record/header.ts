import { canonicalize } from '../base/canonical.ts'
import { isObject, joinMembers } from '../base/json.ts'
import { parse, stringify } from '../base/json-text.ts'
import { toPlain } from './contents.ts'
import { fittedValue } from './fields/coerce.ts'
import type { Field } from './fields/field.ts'
import { withoutKeys } from './fields/keys.ts'
import { pointerPart } from './fields/names.ts'
import { MOVABLE, RECORD_FIELDS } from './fields/record-fields.ts'
import { typeOfError } from './outcome.ts'
import type { Alteration, UnplacedRecord } from './record.ts'
import type { Content, PendingRecord } from './sealed-record.ts'
import { splitAnnotation } from './split-facts.ts'

/** A member of the header: the value, and its canonical text, which is made once. */
export interface Member<T = unknown> {
  readonly value: T
  readonly text: string
}

/** Name of a member of the header. */
export type Key = keyof UnplacedRecord

/** The members of a header; those that are absent are unknown. */
export type Members = { readonly [K in Key]?: Member<UnplacedRecord[K]> | undefined }

/** In canonical order (RFC 8785), cut where `log` belongs. */
const KEYS = (Object.keys(RECORD_FIELDS) as (keyof typeof RECORD_FIELDS)[]).sort()
const HEAD = KEYS.filter((key): key is Key => key < 'log')
const TAIL = KEYS.filter((key): key is Key => key > 'log')

/** Members that come as others made them; those of a request and an answer were coerce where they were read. */
const OPEN: readonly Key[] = ['attempts', 'context', 'event', 'model', 'outcome', 'parent', 'trace']

/** In UTF-16 code units; a unit is at most three bytes, and `log` must fit beside it. */
const HEADER_LIMIT = 18_000
const KEPT_VALUE_LIMIT = 512

/** Makes a member of a value; what canonical JSON cannot hold is replaced (see `toPlain`). */
export function member<T>(value: T): Member<T> {
  try {
    return { value, text: canonicalize(value) }
  } catch {
    const plain = (isObject(value) ? plainMembers(value) : toPlain(value)) as T
    return { value: plain, text: canonicalize(plain) }
  }
}

/** Each member by itself, so that one that cannot be read costs no other. */
function plainMembers(value: object): object {
  const plain: { [name: string]: unknown } = {}
  for (const name of Object.keys(value)) {
    const found = readMember(value, name)
    if (found !== undefined) plain[name.toWellFormed()] = toPlain(found)
  }
  return plain
}

function readMember(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name)
  } catch (cause) {
    return `[unreadable: ${typeOfError(cause)}]`
  }
}

/** `member` for a word that needs no escape in JSON: an id, an instant, a name of ours. */
export function word<T extends string>(value: T): Member<T> {
  return { value, text: `"${value}"` }
}

/** `member` for a value that may be absent or an object without members. */
export function optionalMember<T extends object>(value: T | undefined): Member<T> | undefined {
  if (value === undefined) return undefined
  const made = member(value)
  return made.text === '{}' || made.text === '[]' ? undefined : made
}

/** The parts of a record that is about to be put together. */
export interface RecordParts {
  readonly members: Members
  /** The contents of the request, and those of the answer. */
  readonly asked: readonly Content[]
  readonly answered: readonly Content[]
  readonly altered: readonly Alteration[]
  /** Whether what of a member cannot stand in the header is left out, and no content. */
  readonly isErased?: (key: Key) => boolean
}

/** Puts a pending record together from its parts, see `composeDraft`. */
export function composeParts(parts: RecordParts): PendingRecord {
  const { members, asked, answered, altered, isErased } = parts
  return composeDraft(members, [...asked, ...answered], altered, isErased)
}

/**
 * Puts a pending record together from its members, as its header may hold them: what says something or names somebody,
 * and of a header that would be too large the largest members whole, become contents `header.<name>`, marked
 * `moved`. The names that queries need stay.
 */
export function composeDraft(
  members: Members,
  contents: readonly Content[],
  altered: readonly Alteration[] = [],
  isErased: RecordParts['isErased'] = () => false
): PendingRecord {
  const marks = [...altered]
  const moved = new Map<Key, unknown>()
  let fit = fitOpen(members, moved, marks)
  while (lengthOf(fit) > HEADER_LIMIT) {
    const key = largestMovable(fit)
    if (key === undefined) break
    const large: Member | undefined = fit[key]
    if (large === undefined) break
    moved.set(key, joinMembers(large.value, moved.get(key)))
    marks.push({ pointer: `/${key}`, what: 'moved' })
    fit = { ...fit, [key]: optionalMember(remainder(key, large.value)) }
  }
  for (const [key, value] of moved) {
    if (isErased(key)) erase(key, moved, marks)
    else moved.set(key, withoutKeysOf(key, value, marks))
  }
  if (marks.length === 0) return toPending(fit, contents)
  const safe = marks.map((mark) => ({ ...mark, pointer: safePointer(mark.pointer) }))
  return toPending({ ...fit, altered: optionalMember(safe) }, withMoved(contents, moved))
}

/** Leaves out what was moved of a member. */
function erase(key: Key, moved: Map<Key, unknown>, marks: Alteration[]): void {
  moved.delete(key)
  marks.forEach((mark, at) => {
    const isOfMember = mark.pointer === `/${key}` || mark.pointer.startsWith(`/${key}/`)
    if (!isOfMember || mark.what !== 'moved') return
    marks[at] = { ...mark, what: 'erased', reason: 'policy' }
  })
}

/** The open members with what of them may stand in a header; the rest is put into `moved`. */
function fitOpen(members: Members, moved: Map<Key, unknown>, marks: Alteration[]): Members {
  let fit = members
  for (const key of OPEN) {
    const given = own(members, key)
    if (given === undefined) continue
    const found = fitMember(
      key,
      given.value,
      own(members, 'kind')?.value as string | undefined,
      marks
    )
    if (found.value === given.value) continue
    fit = { ...fit, [key]: present(found.value) }
    if (found.moved !== undefined) moved.set(key, found.moved)
  }
  return fit
}

function fitMember(key: Key, value: unknown, kind: string | undefined, marks: Alteration[]) {
  if (key !== 'event') return fittedValue(RECORD_FIELDS[key], value, `/${key}`, marks)
  // Events of other kinds are the log's own words.
  if (kind !== 'annotation') return { value }
  const { facts, texts } = splitAnnotation(value)
  if (texts !== undefined) marks.push({ pointer: '/event', what: 'moved' })
  return { value: facts, moved: texts }
}

function present(value: unknown): Member | undefined {
  if (value === undefined) return undefined
  return isObject(value) || Array.isArray(value) ? optionalMember(value) : member(value)
}

/** The contents with those of `moved`; what stands in one already is joined with it. */
function withMoved(
  contents: readonly Content[],
  moved: ReadonlyMap<Key, unknown>
): readonly Content[] {
  if (moved.size === 0) return contents
  const rest = new Map(contents.map((content) => [content.name, content]))
  for (const [key, value] of moved) {
    const name = `header.${key}`
    const body = rest.get(name)?.body
    const { text } = member(joinMembers(value, parsed(body)))
    rest.set(name, { name, type: 'application/json', body: text })
  }
  return [...rest.values()]
}

/** What a content holds; nothing where it was cut off, because it was too long. */
function parsed(body: Content['body'] | undefined): unknown {
  try {
    return typeof body === 'string' ? (parse(body) as unknown) : undefined
  } catch {
    // JSON that was cut is JSON no more; what moves now says more.
    return undefined
  }
}

function withoutKeysOf(key: Key, value: unknown, marks: Alteration[]): unknown {
  const heard = (pointer: string) =>
    marks.push({ pointer: `/header.${key}${pointer}`, what: 'erased', reason: 'key' })
  return withoutKeys(value, 'request', heard)
}

/** Names in a pointer are of members, which may be data: a person's name does not belong in a header. */
function safePointer(pointer: string): string {
  return pointer.split('/').map(pointerPart).join('/')
}

function toPending(members: Members, contents: readonly Content[]): PendingRecord {
  const record: { [key: string]: unknown } = {}
  const head = join(members, HEAD, record)
  const tail = join(members, TAIL, record)
  return { record: record as UnplacedRecord, head, tail, contents }
}

/** The canonical text of some members; their values are put into `record`. */
function join(members: Members, keys: readonly Key[], record: { [key: string]: unknown }): string {
  let text = ''
  for (const key of keys) {
    const found = own(members, key)
    if (found === undefined) continue
    record[key] = found.value
    text += text === '' ? `"${key}":${found.text}` : `,"${key}":${found.text}`
  }
  return text
}

/** A member that stands in a header, and not on all objects. */
function own(members: Members, key: Key): Member | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

function lengthOf(members: Members): number {
  let length = 0
  for (const found of Object.values(members)) length += found?.text.length ?? 0
  return length
}

function largestMovable(members: Members): Key | undefined {
  let largest: Key | undefined
  let length = KEPT_VALUE_LIMIT * 6
  for (const key of MOVABLE) {
    const size = own(members, key)?.text.length ?? 0
    if (size <= length) continue
    largest = key
    length = size
  }
  return largest
}

function remainder(key: Key, value: unknown): object {
  const source = value as { readonly [name: string]: unknown }
  const kept: { [name: string]: unknown } = {}
  const field: Field = RECORD_FIELDS[key]
  for (const [name, { isKept }] of Object.entries(field.is === 'group' ? field.of : {})) {
    const found = source[name]
    if (isKept === undefined || found === undefined) continue
    if (typeof found === 'string') kept[name] = found.slice(0, KEPT_VALUE_LIMIT).toWellFormed()
    else if (stringify(found).length <= KEPT_VALUE_LIMIT) kept[name] = found
  }
  return kept
}
