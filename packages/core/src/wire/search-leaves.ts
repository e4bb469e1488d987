import { decodeBase64 } from '../base/base64.ts'
import { parse as parseJson } from '../base/json-text.ts'
import type { Alteration } from '../record/record.ts'
import { type Held, toLatin1 } from './held.ts'
import { HeldTexts } from './held-texts.ts'
import { type Leaf, readLeaves, type TextLeaf } from './leaves.ts'

/** How often pieces of JSON are looked at as a whole: each time all of them are read. */
const MOST_TRIES = 500

/** The texts that stand in one place of the events, as one of those that are told apart. */
type Series = TextLeaf[]

/** Leaves of events, each looked for in an answer. */
export class LeafSearch {
  readonly #held: Held
  /** By their place and then by their group. */
  readonly #texts = new Map<string, Map<string, Series>>()
  readonly #last = new Map<string, unknown>()
  readonly #marks = new Map<string, Alteration>()

  constructor(held: Held) {
    this.#held = held
  }

  /** What was left out, and why. */
  get marks(): readonly Alteration[] {
    return [...this.#marks.values()]
  }

  mark(mark: Alteration): void {
    this.#marks.set(mark.pointer, mark)
  }

  /** Looks for a leaf; a text only when all have been given. Sets `isLost` of one that stands nowhere. */
  look(leaf: Leaf): void {
    const { value, place, group, name } = leaf
    if (typeof value === 'string') {
      const groups = this.#texts.get(place) ?? new Map<string, Series>()
      this.#texts.set(place, groups)
      const series = groups.get(group)
      if (series) series.push(leaf as TextLeaf)
      else groups.set(group, [leaf as TextLeaf])
    } else if (!this.#held.has(name, value)) this.#lose(leaf)
  }

  /** Looks for the texts. */
  finish(): void {
    for (const groups of this.#texts.values()) {
      const texts = new HeldTexts(this.#held.texts)
      const sounds = new HeldTexts(this.#held.bytes)
      const varied = [...groups.values()].filter((series) => !this.#isConstant(series))
      const left = varied.filter((series) => !texts.takesWhole(series))
      for (const series of left) {
        const lost = texts.notIn(series).filter(({ name, value }) => !this.#held.has(name, value))
        if (lost.length > 0 && !this.#isJson(lost) && !this.#isSound(lost, sounds)) {
          for (const leaf of lost) this.#lose(leaf)
        }
      }
    }
  }

  /** Whether one text came each time: it stands once, in the answer or in what is left over. */
  #isConstant(series: Series): boolean {
    const [first, ...more] = series
    if (first === undefined || more.some(({ value }) => value !== first.value)) return false
    if (this.#held.has(first.name, first.value)) return true
    // Alone it may be a piece.
    if (more.length === 0) return false
    if (new HeldTexts(this.#held.texts).notIn(series).length === 0) return true
    if (this.#isJson([first])) return true
    this.#lose(first)
    return true
  }

  /** Whether an answer holds parsed what came as pieces of JSON. */
  #isJson(pieces: readonly TextLeaf[]): boolean {
    let text = ''
    let tries = 0
    for (const { value } of pieces) {
      text += value
      if (!/[}\]]\s*$/.test(value)) continue
      if (tries++ > MOST_TRIES) return false
      const parsed = parse(text)
      if (parsed === undefined) continue
      const { leaves } = readLeaves(parsed, {}, () => false)
      if (!leaves.every((one) => this.#held.has(one.name, one.value))) return false
      text = ''
    }
    return text === ''
  }

  /** Whether an answer holds decoded what came as pieces of base64. */
  #isSound(pieces: readonly TextLeaf[], sounds: HeldTexts): boolean {
    if (this.#held.bytes.size === 0) return false
    const decoded = pieces.map(({ value }) => decodeBase64(value))
    const known = decoded.flatMap((bytes) => (bytes ? [{ value: toLatin1(bytes) }] : []))
    return known.length === pieces.length && sounds.notIn(known).length === 0
  }

  #lose(leaf: Leaf): void {
    const { value, place, group, at } = leaf
    const state = this.#held.stateOf(place, value)
    if (state !== undefined) {
      this.mark({ pointer: state, what: 'replaced', reason: 'told again later' })
      return
    }
    const key = `${place}\n${group}`
    if (at === undefined && typeof value !== 'string' && this.#last.get(key) === value) return
    this.#last.set(key, value)
    leaf.isLost = true
  }
}

function parse(text: string): unknown {
  try {
    const value: unknown = parseJson(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
