import type { CallResponse } from '../record/call-facts.ts'
import { TextIndex } from './held-texts.ts'

/** Members of an answer, and where a record has them: JSON Pointers. */
const PLACES: { readonly [Name in keyof CallResponse]?: string } = {
  usage: '/response/usage',
  details: '/response/details',
  finishReasons: '/response/finishReasons',
  id: '/response/id',
  requestId: '/response/requestId',
  model: '/response/model',
  fingerprint: '/response/fingerprint',
  toolCalls: '/response/toolCalls',
  error: '/outcome',
  meanLogprob: '/confidence',
  scores: '/confidence',
  reasoning: '/reasoning',
  output: '/output',
  logprobs: '/logprobs'
}

/** Smaller whole numbers stand in many places by chance: they count where their name is the same. */
const DISTINCT = 1_000

/** Members that hold counts; some servers have their counts at the top. */
const COUNTS = /^$|usage|metrics/i
const RAW = /^(usage|raw)$/

/** What an answer holds: its texts, numbers and switches, to be looked up. */
export class Held {
  readonly #answer: CallResponse
  readonly #shared = new Set<object>()
  readonly #strings = new Set<string>()
  readonly #numbers = new Set<number>()
  readonly #members = new Set<string>()
  /** Counts and details, whatever their values: by their name and that of what they are in. */
  readonly #states = new Map<string, string>()
  readonly #texts: string[] = []
  readonly #bytes: string[] = []
  #textIndex: TextIndex | undefined
  #byteIndex: TextIndex | undefined
  #isRead = false

  constructor(answer: CallResponse) {
    this.#answer = answer
    for (const name of Object.keys(PLACES)) {
      const member = answer[name as keyof CallResponse]
      if (typeof member === 'object') this.#note(member)
    }
  }

  /** Whether the answer holds this very object or list, as it came. */
  shares(value: object): boolean {
    return this.#shared.has(value)
  }

  /** Whether a value stands anywhere, whole. */
  has(name: string, value: unknown): boolean {
    this.#read()
    if (this.#members.has(keyOf(name, value))) return true
    if (typeof value === 'string') return this.#strings.has(value)
    if (typeof value !== 'number') return false
    const isDistinct = Math.abs(value) >= DISTINCT || !Number.isInteger(value)
    return isDistinct && this.#numbers.has(value)
  }

  /**
   * Where an answer has a later value of a member that is told again and again: a count, a time, how far
   * the answer is. `undefined` for any other member. `place` is where it stands in its event.
   */
  stateOf(place: string, value: unknown): string | undefined {
    this.#read()
    const [name = '', parent = '', ...above] = place.split('/').reverse()
    if (typeof value === 'number') {
      const counted = this.#states.get(`${COUNTS.test(parent) ? '' : parent}/${name}`)
      if (counted !== undefined) return counted
    }
    if (above.length > 1) return undefined
    const { details, finishReasons } = this.#answer
    if (details && Object.hasOwn(details, name)) return PLACES.details
    return name === 'status' && finishReasons?.length ? PLACES.finishReasons : undefined
  }

  /** All texts, each as often as it stands. */
  get texts(): TextIndex {
    this.#read()
    this.#textIndex ??= new TextIndex(this.#texts)
    return this.#textIndex
  }

  /** Sounds, images and the like, a character a byte. */
  get bytes(): TextIndex {
    this.#read()
    this.#byteIndex ??= new TextIndex(this.#bytes)
    return this.#byteIndex
  }

  #note(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#shared.has(value)) return
    this.#shared.add(value)
    if (ArrayBuffer.isView(value)) return
    for (const member of Array.isArray(value) ? value : Object.values(value)) {
      if (typeof member === 'object') this.#note(member)
    }
  }

  /** Late, because many answers hold what came as it came. */
  #read(): void {
    if (this.#isRead) return
    this.#isRead = true
    for (const [name, place] of Object.entries(PLACES)) {
      this.#add(name, this.#answer[name as keyof CallResponse], place, '')
    }
    // A body that is a bare number or switch has no name.
    this.#members.add(keyOf('', this.#answer.output))
  }

  #add(name: string, value: unknown, place: string, parent: string): void {
    if (value === undefined || value === null) return
    if (value instanceof Uint8Array) this.#bytes.push(toLatin1(value))
    else if (ArrayBuffer.isView(value)) return
    else if (Array.isArray(value)) for (const item of value) this.#add(name, item, place, parent)
    else if (typeof value === 'object') {
      for (const [inner, member] of Object.entries(value)) this.#add(inner, member, place, name)
    } else {
      this.#members.add(keyOf(name, value))
      if (place === PLACES.usage)
        this.#states.set(`${RAW.test(parent) ? '' : parent}/${name}`, place)
      else if (place === PLACES.details && parent !== 'details') {
        this.#states.set(`${parent}/${name}`, place)
      }
      if (typeof value === 'number') this.#numbers.add(value)
      if (typeof value !== 'string' || value === '') return
      this.#strings.add(value)
      this.#texts.push(value)
    }
  }
}

/** Names of ids differ (`tokenId`, `token_ids`), and say the same. */
function keyOf(name: string, value: unknown): string {
  const plain = /ids?$/i.test(name) ? 'id' : name
  return `${plain}\n${typeof value === 'string' ? `"${value}` : String(value)}`
}

/** Bytes as a text, a character a byte. */
export function toLatin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192))
  }
  return text
}
