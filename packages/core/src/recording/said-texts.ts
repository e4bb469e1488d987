import { isObject } from '../base/json.ts'
import { parse } from '../base/json-text.ts'
import { saidTextsOf, textsOf } from '../protocol/readers/text-of.ts'
import type { RequestPart } from '../record/request-part.ts'

/** The texts of a request, to tell it by. */
export interface SaidTexts {
  /** All of them, names and arguments among them. */
  readonly all: readonly string[]
  /** What the last message says. */
  readonly last: readonly string[]
}

/**
 * How like the texts that a framework announces are to those of a request: the `whole` of them is in it, or the
 * `most`, where a client writes some of them in another way, as parsed JSON for instance.
 */
export type Likeness = 'whole' | 'most' | 'none'

/** Members in which a request keeps its messages. */
const LISTS = ['messages', 'contents', 'input']

/** Reads a request's texts; a content that cannot be read any more has none. */
export function saidIn({ contents }: RequestPart): SaidTexts {
  const input = contents.find(({ name }) => name === 'input')
  if (typeof input?.body !== 'string') return { all: [], last: [] }
  if (input.type !== 'application/json') return { all: [input.body], last: [input.body] }
  try {
    const value: unknown = parse(input.body)
    return { all: textsOf(value), last: saidTextsOf(lastOf(value)) }
  } catch {
    // Replaced or cut off: nothing to tell it by.
    return { all: [], last: [] }
  }
}

/**
 * A request whose last message says what was not announced is another one, further on in the conversation. A last
 * message may also say nothing: a tool gave an empty text, or what clients send apart.
 */
export function likenessTo(announced: readonly string[], { all, last }: SaidTexts): Likeness {
  const told = announced.flatMap(unfold)
  const asked = new Set(all.flatMap(unfold))
  const ending = last.flatMap(unfold)
  const isFurther = ending.length > 0 && !ending.some((text) => told.includes(text))
  if (isFurther || asked.size === 0) return 'none'
  const found = told.filter((text) => asked.has(text)).length
  if (found === told.length) return 'whole'
  return found > 0 && found * 2 >= told.length ? 'most' : 'none'
}

/** The texts of a text that is JSON: what one layer gives as a list, another writes as a text. */
function unfold(text: string): string[] {
  if (!/^[[{]/.test(text)) return [text]
  try {
    const texts = textsOf(parse(text))
    return texts.length > 0 ? texts : [text]
  } catch {
    return [text]
  }
}

function lastOf(value: unknown): unknown {
  const lists = isObject(value) ? LISTS.map((name) => value[name]) : [value]
  const list = lists.find((each) => Array.isArray(each))
  return list === undefined ? value : list.at(-1)
}
