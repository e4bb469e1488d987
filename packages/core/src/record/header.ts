import { canonicalize } from '../base/canonical.ts'
import { isObject } from '../base/json.ts'
import { toPlain } from './contents.ts'
import { typeOfError } from './outcome.ts'
import type { Alteration, DraftRecord } from './record.ts'
import type { Content, Draft } from './sealed-record.ts'

/** A member of the header: the value, and its canonical text, which is made once. */
export interface Member<T = unknown> {
  readonly value: T
  readonly text: string
}

type Key = keyof DraftRecord

/** The members of a header; those that are absent are unknown. */
export type Members = { readonly [K in Key]?: Member<DraftRecord[K]> | undefined }

/** Canonical order, cut where `log` belongs. */
const HEAD: readonly Key[] = [
  'altered',
  'at',
  'attempts',
  'auditId',
  'call',
  'confidence',
  'context',
  'event',
  'host',
  'kind'
]
const TAIL: readonly Key[] = [
  'model',
  'outcome',
  'parent',
  'reasoning',
  'response',
  'schema',
  'sdk',
  'service',
  'stage',
  'system',
  'timing',
  'trace'
]

/** Members that may be moved out of a header that is too large, and what stays of each. */
const MOVABLE: { readonly [K in Key]?: readonly string[] } = {
  context: ['user', 'session', 'conversation', 'tenant'],
  call: ['operation', 'provider', 'protocol', 'model', 'stream'],
  response: ['id', 'requestId', 'model', 'finishReasons', 'finish'],
  reasoning: ['source', 'tokens', 'characters', 'blocks', 'encrypted'],
  event: [],
  confidence: ['tokens', 'meanLogprob', 'minLogprob', 'perplexity'],
  attempts: [],
  model: ['name', 'file', 'digest']
}

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

/** The member that has this canonical text. */
export function parseMember<T>(text: string): Member<T> {
  return { value: JSON.parse(text) as T, text }
}

/** `member` for a value that may be absent or an object without members. */
export function optionalMember<T extends object>(value: T | undefined): Member<T> | undefined {
  if (value === undefined) return undefined
  const made = member(value)
  return made.text === '{}' || made.text === '[]' ? undefined : made
}

/**
 * Puts a draft together from its members. A header that would be too large for a leaf keeps the
 * names that queries need; the whole of the oversized members becomes contents `header.<name>`,
 * marked `moved`.
 */
export function composeDraft(
  members: Members,
  contents: readonly Content[],
  altered: readonly Alteration[] = []
): Draft {
  if (altered.length === 0 && lengthOf(members) <= HEADER_LIMIT) return toDraft(members, contents)
  const marks = [...altered]
  const extra: Content[] = []
  let fitted = members
  while (lengthOf(fitted) > HEADER_LIMIT) {
    const key = largestMovable(fitted)
    if (key === undefined) break
    const moved = fitted[key]
    if (moved === undefined) break
    extra.push({ name: `header.${key}`, type: 'application/json', body: moved.text })
    marks.push({ pointer: `/${key}`, what: 'moved' })
    fitted = { ...fitted, [key]: optionalMember(remainder(key, moved.value)) }
  }
  const whole: Members = { ...fitted, altered: optionalMember(marks) }
  return toDraft(whole, extra.length > 0 ? [...contents, ...extra] : contents)
}

function toDraft(members: Members, contents: readonly Content[]): Draft {
  const record: { [key: string]: unknown } = {}
  const head = join(members, HEAD, record)
  const tail = join(members, TAIL, record)
  return { record: record as DraftRecord, head, tail, contents }
}

/** The canonical text of some members; their values are put into `record`. */
function join(members: Members, keys: readonly Key[], record: { [key: string]: unknown }): string {
  let text = ''
  for (const key of keys) {
    const found = members[key]
    if (found === undefined) continue
    record[key] = found.value
    text += text === '' ? `"${key}":${found.text}` : `,"${key}":${found.text}`
  }
  return text
}

function lengthOf(members: Members): number {
  let length = 0
  for (const key in members) length += members[key as Key]?.text.length ?? 0
  return length
}

function largestMovable(members: Members): Key | undefined {
  let largest: Key | undefined
  let length = KEPT_VALUE_LIMIT * 6
  for (const key of Object.keys(MOVABLE) as Key[]) {
    const size = members[key]?.text.length ?? 0
    if (size <= length) continue
    largest = key
    length = size
  }
  return largest
}

function remainder(key: Key, value: unknown): object {
  const source = value as { readonly [name: string]: unknown }
  const kept: { [name: string]: unknown } = {}
  for (const name of MOVABLE[key] ?? []) {
    const found = source[name]
    if (found === undefined) continue
    if (typeof found === 'string') kept[name] = found.slice(0, KEPT_VALUE_LIMIT).toWellFormed()
    else if (JSON.stringify(found).length <= KEPT_VALUE_LIMIT) kept[name] = found
  }
  return kept
}
