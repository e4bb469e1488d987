import { isObject, setMember } from '../base/json.ts'

type Fields = { readonly [name: string]: unknown }

/** What a call was told beside its prompt, or an answer told beside its words, in two parts. */
export interface SplitTexts {
  /** For the header: numbers, switches and words, and what holds nothing else; `undefined` for none. */
  readonly facts: unknown
  /** For a content: texts, schemas, media, where they were. Absent where there are none. */
  readonly texts?: Fields
}

interface Parts extends SplitTexts {
  readonly facts: Fields
}

/** A name, an identifier, a mark: without space and short, so that no sentence is one. */
const WORD = /^[\w.,:;/@+=%?&#~*!$()[\]|<>-]{1,128}$/
/** Members that hold what was said, even where it is one word. */
const SAYS =
  /^(prompt|system|instructions?|messages?|input|query|text|content|description|grammar|suffix|prefill)$/i
/** Members that are a JSON Schema; OpenAI's `json_schema` has one beside its name. */
const IS_SCHEMA = /^(?!json_schema$).*schema$/i
/** Marks of a JSON Schema. */
const SCHEMA = ['properties', '$schema', '$defs', 'anyOf', 'oneOf'] as const
const DEPTH = 8
/** More members than that are data. */
const MEMBERS = 64

/**
 * Parts facts from texts, because headers stay when contents are erased. Objects, and lists of them,
 * are parted by their members; other lists, schemas and objects of a class move whole. What is no
 * object is left to whoever fits it into the header.
 */
export function splitTexts(given: unknown): SplitTexts {
  if (!isObject(given)) return { facts: given }
  const { facts, ...more } = split(given)
  return { facts: Object.keys(facts).length > 0 ? facts : undefined, ...more }
}

function split(given: Fields): Parts {
  try {
    const isAllFacts = Object.keys(given).every((name) => isPlain(name, given[name]))
    return isAllFacts ? { facts: given } : splitMembers(given, 0)
  } catch {
    // A member that cannot be read; serialising meets it again and marks it.
    return { facts: {}, texts: given }
  }
}

function splitMembers(given: Fields, depth: number): Parts {
  const facts: { [name: string]: unknown } = {}
  const texts: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(given)) {
    if (isFact(name, value, depth)) setMember(facts, name, value)
    else if (isParted(name, value, depth)) {
      const parts = splitMembers(value, depth + 1)
      if (Object.keys(parts.facts).length > 0) setMember(facts, name, parts.facts)
      if (parts.texts) setMember(texts, name, parts.texts)
    } else if (isListOfParted(name, value, depth)) {
      const parts = value.map((item) => splitMembers(item, depth + 2))
      setMember(
        facts,
        name,
        parts.map((part) => part.facts)
      )
      setMember(
        texts,
        name,
        parts.map((part) => part.texts ?? {})
      )
    } else setMember(texts, name, value)
  }
  return { facts, ...(Object.keys(texts).length > 0 && { texts }) }
}

/** A value that has no members: a word where none is said, a number, a switch. */
function isPlain(name: string, value: unknown): boolean {
  if (!WORD.test(name)) return false
  if (typeof value === 'string') return value === '' || (WORD.test(value) && !SAYS.test(name))
  return typeof value !== 'object' || value === null
}

function isFact(name: string, value: unknown, depth: number): boolean {
  if (isPlain(name, value)) return true
  if (Array.isArray(value)) {
    return isShort(value, depth) && value.every((item) => isFact(name, item, depth + 1))
  }
  if (!isParted(name, value, depth)) return false
  return Object.entries(value).every(([inner, member]) => isFact(inner, member, depth + 1))
}

function isShort(list: readonly unknown[], depth: number): boolean {
  return depth < DEPTH && list.length <= MEMBERS
}

function isListOfParted(name: string, value: unknown, depth: number): value is Fields[] {
  if (!Array.isArray(value) || !isShort(value, depth)) return false
  return value.every((item) => isParted(name, item, depth + 1))
}

/** Whether an object is looked into. */
function isParted(name: string, value: unknown, depth: number): value is Fields {
  if (!isObject(value) || depth >= DEPTH || !WORD.test(name) || IS_SCHEMA.test(name)) return false
  if (SCHEMA.some((mark) => mark in value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  const isData = prototype === null || Object.getPrototypeOf(prototype) === null
  return isData && Object.keys(value).length <= MEMBERS
}
