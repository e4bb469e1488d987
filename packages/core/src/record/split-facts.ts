import { isObject, setMember } from '../base/json.ts'
import { kindsOf } from './annotation.ts'
import { isName } from './fields/names.ts'
import {
  ANNOTATION_NAMES,
  ANNOTATION_REFERENCES,
  ANNOTATION_WORDS,
  FACT_NAMES,
  FACT_WORDS,
  MEASURE_NAMES
} from './fields/vocabulary.ts'

type Fields = { readonly [name: string]: unknown }

/** What a call was told beside its prompt, or an answer told beside its words, in two parts. */
export interface SplitFacts {
  /** For the header: numbers, switches and known words under known names; `undefined` for none. */
  readonly facts: unknown
  /** For a content: all else, where it was. Absent where there is none. */
  readonly texts?: Fields
}

interface Parts extends SplitFacts {
  readonly facts: Fields
}

/** The names and words that a header takes of one kind of values. */
interface Vocabulary {
  readonly names: ReadonlySet<string>
  readonly words: ReadonlySet<string>
  /** Names under which numbers have names that are free. */
  readonly measures?: ReadonlySet<string>
  /** Names of members that hold the id of a thing elsewhere. */
  readonly references?: ReadonlySet<string>
}

const SETTINGS: Vocabulary = { names: FACT_NAMES, words: FACT_WORDS }
const ANNOTATIONS: Vocabulary = {
  names: ANNOTATION_NAMES,
  words: ANNOTATION_WORDS,
  measures: new Set(['score', 'scores']),
  references: ANNOTATION_REFERENCES
}

/** What an object that stands for a thing elsewhere is called by. */
const NAMES_OF_THINGS: ReadonlySet<string> = new Set(['name', 'id'])

/** Measures that are written as text: `1024x1024`, `16:9`, `5m`, `0.2`. */
const MEASURE = /^-?\d{1,6}(\.\d{1,9})?([x:]\d{1,6}|ms|s|m|h|%)?$/
/** Days and instants, as versions and times are written. */
const INSTANT = /^\d{4}-\d\d-\d\d(T[\d:.]{5,18}(Z|[+-]\d\d:?\d\d)?)?$/
/** Languages: `en`, `pt-BR`. */
const LANGUAGE = /^[a-z]{2}(-[A-Z]{2})?$/
/** Versions of an interface at Anthropic's hosts. */
const VERSION = /^(bedrock|vertex)-\d{4}-\d\d-\d\d$/
const IDENTIFIER = /^[A-Za-z_][\w-]{0,63}$/
const DEPTH = 8
/** More members than that are data. */
const MEMBERS = 96

/**
 * Parts facts from texts, because headers stay when contents are erased. A header takes what is known to say
 * nothing of a person: numbers, switches and listed words under listed names (see `vocabulary.ts`). Objects, and
 * lists of them, are parted by their members; all else moves whole. What is not an object is left to whoever fits
 * it into the header.
 */
export function splitFacts(given: unknown): SplitFacts {
  return splitBy(given, SETTINGS)
}

/**
 * {@link splitFacts} for what people and evaluations say of a call. Of what is said in texts alone the facts
 * name the kind, so that it is found by that.
 */
export function splitAnnotation(given: unknown): SplitFacts {
  const parts = splitBy(given, ANNOTATIONS)
  const facts = isObject(parts.facts) ? parts.facts : {}
  const kinds = isObject(given) ? kindsOf(given).filter((kind) => !Object.hasOwn(facts, kind)) : []
  return kinds.length === 0 ? parts : { ...parts, facts: { ...facts, kinds } }
}

/** {@link splitFacts} for an object of measurements, such as a provider's own counts: names are free. */
export function splitMeasures(given: unknown): {
  readonly facts: unknown
  readonly texts?: unknown
} {
  if (isObject(given)) return splitBy(given, SETTINGS, true)
  const { fact, text } = splitValue(given, SETTINGS, true, 0)
  return { facts: fact, ...(text !== undefined && { texts: text }) }
}

function splitBy(given: unknown, vocabulary: Vocabulary, areMeasures = false): SplitFacts {
  if (!isObject(given)) return { facts: given }
  try {
    const { facts, ...more } = splitMembers(given, vocabulary, areMeasures, 0)
    if (more.texts === undefined && Object.keys(facts).length > 0) return { facts: given }
    return { facts: Object.keys(facts).length > 0 ? facts : undefined, ...more }
  } catch {
    // A member that cannot be read; serialising meets it again and marks it.
    return { facts: undefined, texts: given }
  }
}

function splitMembers(
  given: Fields,
  vocabulary: Vocabulary,
  areMeasures: boolean,
  depth: number
): Parts {
  const facts: { [name: string]: unknown } = {}
  const texts: { [name: string]: unknown } = {}
  for (const name of Object.keys(given)) {
    const value = given[name]
    if (value === undefined) continue
    const parts = splitMember(name, value, vocabulary, areMeasures, depth)
    if (parts.fact !== undefined) setMember(facts, name, parts.fact)
    if (parts.text !== undefined) setMember(texts, name, parts.text)
  }
  return { facts, ...(Object.keys(texts).length > 0 && { texts }) }
}

function splitMember(
  name: string,
  value: unknown,
  vocabulary: Vocabulary,
  areMeasures: boolean,
  depth: number
): Part {
  const plain = plainName(name)
  const { names, measures, references } = vocabulary
  if (references?.has(plain)) {
    if (typeof value === 'string') return isName(value) ? { fact: value } : { text: value }
    return splitValue(value, { ...vocabulary, references: NAMES_OF_THINGS }, false, depth)
  }
  const isMeasure =
    MEASURE_NAMES.has(plain) || measures?.has(plain) || (areMeasures && IDENTIFIER.test(name))
  if (isMeasure || names.has(plain)) return splitValue(value, vocabulary, isMeasure === true, depth)
  return { text: value }
}

interface Part {
  readonly fact?: unknown
  readonly text?: unknown
}

function splitValue(
  value: unknown,
  vocabulary: Vocabulary,
  isMeasure: boolean,
  depth: number
): Part {
  if (isFact(value, vocabulary)) return { fact: value }
  if (depth >= DEPTH) return { text: value }
  if (Array.isArray(value)) return splitList(value, vocabulary, isMeasure, depth)
  if (!isData(value)) return { text: value }
  const { facts, texts } = splitMembers(value, vocabulary, isMeasure, depth + 1)
  const isEmpty = Object.keys(facts).length === 0
  if (texts === undefined) return { fact: value }
  return { text: texts, ...(!isEmpty && { fact: facts }) }
}

/** A list stays where all of it are facts, is parted where all hold members, and moves where it is mixed. */
function splitList(
  list: readonly unknown[],
  vocabulary: Vocabulary,
  isMeasure: boolean,
  depth: number
): Part {
  if (list.length > MEMBERS) return { text: list }
  const parts = list.map((item) => splitValue(item, vocabulary, isMeasure, depth + 1))
  if (parts.every(({ text }) => text === undefined)) return { fact: list }
  const isParted = list.every((item) => Array.isArray(item) || isData(item))
  if (!isParted || parts.every(({ fact }) => fact === undefined)) return { text: list }
  return {
    fact: parts.map(({ fact }, at) => fact ?? emptyAs(list[at])),
    text: parts.map(({ text }, at) => text ?? emptyAs(list[at]))
  }
}

function emptyAs(item: unknown): unknown {
  return Array.isArray(item) ? [] : {}
}

function isFact(value: unknown, { words }: Vocabulary): boolean {
  if (typeof value === 'number') return true
  if (typeof value === 'string') return value === '' || isWord(value, words)
  return typeof value === 'boolean' || value === null
}

function isWord(text: string, words: ReadonlySet<string>): boolean {
  if (text.length > 64) return false
  if (words.has(text.toLowerCase())) return true
  return MEASURE.test(text) || INSTANT.test(text) || VERSION.test(text) || LANGUAGE.test(text)
}

function plainName(name: string): string {
  return name.length > 64 ? name : name.toLowerCase().replace(/[-_.]/g, '')
}

/** Whether an object is looked into: data, and not much of it. */
function isData(value: unknown): value is Fields {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain && Object.keys(value).length <= MEMBERS
}
