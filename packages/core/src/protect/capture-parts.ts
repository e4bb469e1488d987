import { toHex } from '../base/hex.ts'
import { hmac } from '../base/hmac.ts'
import { isObject } from '../base/json.ts'
import type { RecordParts } from '../record/header.ts'
import type { Alteration } from '../record/record.ts'
import type { Content } from '../record/sealed-record.ts'
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

/** `keep`, or a keyed digest in its place, or nothing. */
type Fate = 'keep' | 'digest' | 'drop'

type Left = Exclude<Fate, 'keep'>

const INSIDE: readonly CapturedInside[] = ['reasoning', 'toolArguments', 'toolResults']

/** Most places inside of one content that are listed; of more, the content is one place. */
const MOST_PLACES = 20

/** Digests or drops kinds of content; all of it is marked. */
export function captureParts(
  parts: RecordParts,
  rules: CaptureRules,
  key: OperatorKey
): RecordParts {
  if (Object.values(rules).every((fate) => fate === 'keep')) return parts
  const marks: Alteration[] = []
  const { kind, call } = parts.members
  const whole = wholeContents(rules, kind?.value, call?.value?.operation)
  const capture = (contents: readonly Content[]) =>
    contents.flatMap((content) => {
      const fate = whole(content.name)
      if (fate !== undefined) return left(content, fate, key, marks)
      return [inside(content, rules, key, marks)]
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

function left(content: Content, fate: Left, key: OperatorKey, marks: Alteration[]): Content[] {
  const { name, body } = content
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const mark = { pointer: `/${name}`, bytes: bytes.length, reason: 'policy' } as const
  marks.push({ ...mark, what: fate === 'drop' ? 'erased' : 'digested' })
  if (fate === 'drop') return []
  return [{ name, type: 'text/plain', body: digestOf(bytes, key) }]
}

function inside(
  content: Content,
  rules: CaptureRules,
  key: OperatorKey,
  marks: Alteration[]
): Content {
  const { name, type, body } = content
  const kinds = INSIDE.filter((kind) => rules[kind] !== undefined && rules[kind] !== 'keep')
  if (kinds.length === 0 || typeof body !== 'string') return content
  const found: Alteration[] = []
  const taken = new Taking(kinds, rules, key, found)
  if (type !== 'application/json') {
    const text = taken.text(body, `/${name}`)
    push(marks, found, name)
    return text === body ? content : { ...content, body: text }
  }
  const value: unknown = JSON.parse(body)
  const rest = taken.value(value, `/${name}`)
  push(marks, found, name)
  return rest === value ? content : { ...content, body: JSON.stringify(rest) }
}

function push(marks: Alteration[], found: readonly Alteration[], name: string): void {
  if (found.length <= MOST_PLACES) marks.push(...found)
  else marks.push({ pointer: `/${name}`, what: found[0]?.what ?? 'erased', reason: 'policy' })
}

/** Takes kinds of content out of a value. */
class Taking {
  readonly #kinds: readonly CapturedInside[]
  readonly #rules: CaptureRules
  readonly #key: OperatorKey
  readonly #found: Alteration[]

  constructor(
    kinds: readonly CapturedInside[],
    rules: CaptureRules,
    key: OperatorKey,
    found: Alteration[]
  ) {
    this.#kinds = kinds
    this.#rules = rules
    this.#key = key
    this.#found = found
  }

  /** A text without the reasoning that tags mark in it. */
  text(text: string, pointer: string): string {
    const fate = this.#rules.reasoning
    if (!this.#kinds.includes('reasoning') || fate === undefined || !text.includes('<')) return text
    return text.replace(THOUGHT, (thought) => {
      this.#note(fate, pointer)
      return fate === 'digest' ? digestOf(new TextEncoder().encode(thought), this.#key) : ''
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
    const taken = new Map<string, Fate>()
    for (const kind of this.#kinds) {
      for (const name of capturedMembers(kind, value)) taken.set(name, this.#rules[kind] ?? 'keep')
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
      const text = typeof member === 'string' ? member : (JSON.stringify(member) ?? '')
      return [[name, digestOf(new TextEncoder().encode(text), this.#key)] as const]
    })
    return isSame ? value : Object.fromEntries(entries)
  }

  #note(fate: Fate, pointer: string): void {
    const what = fate === 'drop' ? 'erased' : 'digested'
    this.#found.push({ pointer, what, reason: 'policy' })
  }
}

/** A digest that only the log's secret can make: short texts could be guessed from a plain one. */
function digestOf(bytes: Uint8Array, { hash, secret }: OperatorKey): string {
  return `⟨hmac-sha256:${toHex(hmac(hash, secret, bytes))}⟩`
}
