import { toBase64 } from '../base/base64.ts'
import { toHex } from '../base/hex.ts'
import { hmac } from '../base/hmac.ts'
import { isObject } from '../base/json.ts'
import { parse, stringify } from '../base/json-text.ts'
import type { RecordParts } from '../record/header.ts'
import type { Alteration } from '../record/record.ts'
import type { Content } from '../record/sealed-record.ts'
import type { Encrypt } from './age.ts'
import { type CapturedInside, capturedMembers, THOUGHT } from './captured-members.ts'
import type { OperatorKey } from './operators.ts'

/** What becomes of each kind of content; what is not named is kept. */
export interface CaptureRules {
  readonly reasoning?: Fate
  readonly logprobs?: Fate
  readonly toolArguments?: Fate
  readonly toolResults?: Fate
  readonly media?: Fate
  readonly embeddings?: Fate
  readonly systemState?: Fate
}

/** `keep`, or a keyed digest in its place, or an age file, or nothing. */
type Fate = 'keep' | 'digest' | 'encrypt' | 'drop'

type Left = Exclude<Fate, 'keep'>

/** Makes what stands in place of a content; for one that is dropped, it is never asked. */
type Instead = (bytes: Uint8Array) => string

/** What the mark of each says. */
const MARKS = { digest: 'digested', encrypt: 'encrypted', drop: 'erased' } as const

const encoder = new TextEncoder()

const INSIDE: readonly CapturedInside[] = ['reasoning', 'toolArguments', 'toolResults']

/** Most places inside of one content that are listed; of more, the content is one place. */
const MOST_PLACES = 20

/** Digests or drops kinds of content, as rules say that do not encrypt; all of it is marked. */
export function captureParts(
  parts: RecordParts,
  rules: CaptureRules,
  key: OperatorKey
): RecordParts {
  // Only the log's secret makes the digest: short texts could be guessed from a plain one.
  const digest = (bytes: Uint8Array) => `⟨hmac-sha256:${toHex(hmac(key.hash, key.secret, bytes))}⟩`
  return takeOut(parts, ofFates(rules, ['digest', 'drop']), digest)
}

/** Encrypts kinds of content, as rules say: an age file in Base64 stands in place of each. Throws what `encrypt` throws. */
export function encryptParts(
  parts: RecordParts,
  rules: CaptureRules,
  encrypt: Encrypt
): RecordParts {
  const instead = (bytes: Uint8Array) => `⟨age:${toBase64(encrypt(bytes))}⟩`
  return takeOut(parts, ofFates(rules, ['encrypt']), instead)
}

/** Drops kinds of content that should be encrypted and cannot. */
export function dropEncrypted(parts: RecordParts, rules: CaptureRules): RecordParts {
  const sealed = Object.keys(ofFates(rules, ['encrypt']))
  return takeOut(parts, Object.fromEntries(sealed.map((kind) => [kind, 'drop'])), () => '')
}

function ofFates(rules: CaptureRules, fates: readonly Fate[]): CaptureRules {
  return Object.fromEntries(Object.entries(rules).filter(([, fate]) => fates.includes(fate)))
}

function takeOut(parts: RecordParts, rules: CaptureRules, instead: Instead): RecordParts {
  if (Object.keys(rules).length === 0) return parts
  const marks: Alteration[] = []
  const { kind, call } = parts.members
  const whole = wholeContents(rules, kind?.value, call?.value?.operation)
  const capture = (contents: readonly Content[]) =>
    contents.flatMap((content) => {
      const fate = whole(content.name)
      if (fate !== undefined) return left(content, fate, instead, marks)
      return [inside(content, rules, instead, marks)]
    })
  const asked = capture(parts.asked)
  const answered = capture(parts.answered)
  const isStateless = rules.systemState === 'drop' && parts.members.system !== undefined
  if (isStateless) marks.push({ pointer: '/system', what: 'erased', reason: 'policy' })
  const members = isStateless ? { ...parts.members, system: undefined } : parts.members
  return { ...parts, members, asked, answered, altered: [...parts.altered, ...marks] }
}

/** What becomes of a content as a whole, by its name. */
function wholeContents(
  rules: CaptureRules,
  kind: string | undefined,
  operation: string | undefined
) {
  const isTool = kind === 'tool'
  return (name: string): Left | undefined => {
    const fate = fateOf(rules, name, isTool, operation)
    return fate === 'keep' ? undefined : fate
  }
}

function fateOf(
  rules: CaptureRules,
  name: string,
  isTool: boolean,
  operation: string | undefined
): Fate | undefined {
  if (name === 'reasoning') return rules.reasoning
  if (name === 'logprobs') return rules.logprobs
  if (name.startsWith('media.')) return rules.media
  if (isTool && name === 'input') return rules.toolArguments
  if (isTool && name === 'output') return rules.toolResults
  return name === 'output' && operation === 'embeddings' ? rules.embeddings : undefined
}

function left(content: Content, fate: Left, instead: Instead, marks: Alteration[]): Content[] {
  const { name, body } = content
  const bytes = typeof body === 'string' ? encoder.encode(body) : body
  const mark = { pointer: `/${name}`, bytes: bytes.length, reason: 'policy' } as const
  marks.push({ ...mark, what: MARKS[fate] })
  if (fate === 'drop') return []
  return [{ name, type: 'text/plain', body: instead(bytes) }]
}

function inside(
  content: Content,
  rules: CaptureRules,
  instead: Instead,
  marks: Alteration[]
): Content {
  const { name, type, body } = content
  const kinds = INSIDE.filter((kind) => rules[kind] !== undefined && rules[kind] !== 'keep')
  if (kinds.length === 0 || typeof body !== 'string') return content
  const found: Alteration[] = []
  const taken = new Taking(kinds, rules, instead, found)
  if (type !== 'application/json') {
    const text = taken.text(body, `/${name}`)
    push(marks, found, name)
    return text === body ? content : { ...content, body: text }
  }
  const value: unknown = parse(body)
  const rest = taken.value(value, `/${name}`)
  push(marks, found, name)
  return rest === value ? content : { ...content, body: stringify(rest) }
}

function push(marks: Alteration[], found: readonly Alteration[], name: string): void {
  if (found.length <= MOST_PLACES) marks.push(...found)
  else marks.push({ pointer: `/${name}`, what: found[0]?.what ?? 'erased', reason: 'policy' })
}

/** Takes kinds of content out of a value. */
class Taking {
  readonly #kinds: readonly CapturedInside[]
  readonly #rules: CaptureRules
  readonly #instead: Instead
  readonly #found: Alteration[]

  constructor(
    kinds: readonly CapturedInside[],
    rules: CaptureRules,
    instead: Instead,
    found: Alteration[]
  ) {
    this.#kinds = kinds
    this.#rules = rules
    this.#instead = instead
    this.#found = found
  }

  /** A text without the reasoning that tags mark in it. */
  text(text: string, pointer: string): string {
    const fate = this.#rules.reasoning
    if (fate === undefined || fate === 'keep' || !text.includes('<')) return text
    return text.replace(THOUGHT, (thought) => {
      this.#note(fate, pointer)
      return fate === 'drop' ? '' : this.#instead(encoder.encode(thought))
    })
  }

  value(value: unknown, pointer: string): unknown {
    if (typeof value === 'string') return this.text(value, pointer)
    if (Array.isArray(value)) {
      const items = value.map((item, index) => this.value(item, `${pointer}/${index}`))
      return items.every((item, index) => item === value[index]) ? value : items
    }
    return isObject(value) ? this.#members(value, pointer) : value
  }

  #members(value: { readonly [name: string]: unknown }, pointer: string): unknown {
    const taken = new Map<string, Left>()
    for (const kind of this.#kinds) {
      const fate = this.#rules[kind]
      if (fate === undefined || fate === 'keep') continue
      for (const name of capturedMembers(kind, value)) taken.set(name, fate)
    }
    let isSame = true
    const entries = Object.entries(value).flatMap(([name, member]) => {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const fate = taken.get(name)
      if (fate === undefined) {
        const rest = this.value(member, at)
        isSame &&= rest === member
        return [[name, rest] as const]
      }
      isSame = false
      this.#note(fate, at)
      if (fate === 'drop') return []
      const text = typeof member === 'string' ? member : (stringify(member) ?? '')
      return [[name, this.#instead(encoder.encode(text))] as const]
    })
    return isSame ? value : Object.fromEntries(entries)
  }

  #note(fate: Left, pointer: string): void {
    this.#found.push({ pointer, what: MARKS[fate], reason: 'policy' })
  }
}
