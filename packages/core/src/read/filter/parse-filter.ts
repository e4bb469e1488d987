import type { Clock } from '../read-time.ts'
import { annotationNamed, fieldNamed, nearestField } from './field-names.ts'
import {
  FIELDS,
  type FieldName,
  type NumberField,
  PARTED,
  type TextField,
  type TimeField
} from './fields.ts'
import { FilterError } from './filter-error.ts'
import { numberTest, type TypedTest, type TypedValue, textTest, timeTest } from './read-test.ts'
import type { CompareWith, FilterTree } from './tree.ts'

/** UTF-16 code units, groups inside of groups, and tests that a filter has at most. */
const LONGEST = 8_192
const DEEPEST = 20
const MOST = 200

const NAME = /([A-Za-z][\w-]*)(?:\.("[^"]*"|[^\s:"(),]+))?:(?!\/\/)/y
/** A field whose part is to be named, and is not. */
const NAMELESS = /([A-Za-z][\w-]*)\.(?:"")?:/y
const COMPARE = /(?:>=|<=|>|<|=)/y
const BARE_VALUE = /[^\s",]+/y
const BARE_WORD = /[^\s"“”()]+/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/y
const TYPOGRAPHIC = /[“”]([^“”]*)[“”]/y
const AND = /(?:AND|&&)(?=[\s()]|$)/y
const OR = /(?:OR|\|\|?)(?=[\s()]|$)/y
const NOT = /(?:NOT(?=[\s(])\s*|[-!](?=[^\s-]))/y
const A_WORD = /[\p{L}\p{N}]/u

/**
 * Reads a filter as people type it: `model:qwen* -stage:error took:>2s "refund policy"`. Tests that
 * stand side by side must all hold; `OR`, `-` or `NOT`, and parentheses combine them; commas stand
 * between values one of which is enough; `*` for any characters; words in double quotes side by side.
 * Times without a zone are meant by `clock`.
 *
 * Throws FilterError (`bad_query`), which points at the characters that cannot be read.
 */
export function parseFilter(text: string, clock: Clock = 'local'): FilterTree {
  return new FilterParser(text, clock).parse()
}

class FilterParser {
  readonly #text: string
  readonly #clock: Clock
  #at = 0
  #depth = 0
  #tests = 0
  /** The first word without a letter or digit. */
  #empty: readonly [from: number, to: number] | undefined

  constructor(text: string, clock: Clock) {
    this.#text = text
    this.#clock = clock
  }

  parse(): FilterTree {
    if (this.#text.length > LONGEST) {
      throw this.#error([LONGEST, LONGEST + 1], `the filter has more than ${LONGEST} characters`)
    }
    const tree = this.#anyOf()
    if (this.#at < this.#text.length) {
      throw this.#error([this.#at, this.#at + 1], 'there is no ( for this )')
    }
    if (this.#tests === 0 && this.#empty) {
      throw this.#error(this.#empty, 'the filter has no word; give at least one letter or digit')
    }
    return tree
  }

  #anyOf(): FilterTree {
    const of = [this.#allOf()]
    for (let from = this.#at; this.#take(OR) !== undefined; from = this.#at) {
      const next = this.#allOf()
      if ([of.at(-1), next].some(isEmpty)) {
        throw this.#error([from, from + 2], 'OR stands between two tests')
      }
      of.push(next)
    }
    return of.length === 1 && of[0] ? of[0] : { is: 'any', of }
  }

  #allOf(): FilterTree {
    const of: FilterTree[] = []
    for (;;) {
      this.#blanks()
      if (this.#at >= this.#text.length || this.#text[this.#at] === ')') break
      if (this.#is(OR)) break
      if (this.#take(AND) !== undefined) continue
      const test = this.#test()
      if (test) of.push(test)
    }
    return of.length === 1 && of[0] ? of[0] : { is: 'all', of }
  }

  /** One test, negated perhaps; `undefined` for a word that has nothing to be found by. */
  #test(): FilterTree | undefined {
    const from = this.#at
    if (this.#take(NOT) !== undefined) {
      this.#deeper(from)
      const of = this.#at < this.#text.length ? this.#test() : undefined
      this.#depth--
      if (of) return { is: 'not', of }
      throw this.#error([from, this.#at], 'there is nothing behind this')
    }
    if (this.#text[from] === '(') return this.#group()
    if (++this.#tests > MOST) throw this.#error([from, from + 1], `no more than ${MOST} tests`)
    return this.#fieldTest() ?? this.#words()
  }

  #group(): FilterTree {
    const from = this.#at++
    this.#deeper(from)
    const tree = this.#anyOf()
    this.#depth--
    if (this.#text[this.#at] !== ')') throw this.#error([from, from + 1], 'this ( is not closed')
    this.#at++
    if (isEmpty(tree)) throw this.#error([from, this.#at], 'there is nothing between these')
    return tree
  }

  #fieldTest(): FilterTree | undefined {
    const from = this.#at
    const [start = '', unnamed = ''] = this.#match(NAMELESS) ?? []
    if (PARTED.some((field) => field === fieldNamed(unnamed))) {
      const problem = `${unnamed}. needs a name behind it: tag.tier:gold`
      throw this.#error([from, from + start.length], problem)
    }
    const found = this.#match(NAME)
    if (!found) return undefined
    const [whole, name = '', part] = found
    const dotted = part === undefined ? undefined : fieldNamed(`${name}.${part}`)
    // `incident:INC-7` is short for `annotation.incident:INC-7`.
    const kind = part === undefined ? annotationNamed(name) : undefined
    const member = kind ?? part
    const field = dotted ?? fieldNamed(kind ? 'annotation' : name)
    const behind = this.#text[from + whole.length]
    if (field === undefined) {
      // A word with a colon behind it is a word.
      if (behind === undefined || /\s/.test(behind)) return undefined
      throw this.#noField(name, from)
    }
    this.#at = from + whole.length
    const tag = dotted ? undefined : member?.replace(/^"|"$/g, '')
    if (tag !== undefined && !PARTED.includes(field)) {
      const problem = `${field} has no parts; only ${PARTED.join(', ')} have: tag.tier:gold`
      throw this.#error([from, this.#at], problem)
    }
    const typed = this.#typedTest(field)
    const { type } = FIELDS[field]
    if (type === 'number') return numberTest(field as NumberField, tag, typed)
    if (type === 'time') return timeTest(field as TimeField, typed, this.#clock)
    return textTest(field as TextField, tag, typed)
  }

  #noField(name: string, from: number): FilterError {
    const near = nearestField(name)
    const quoted = `put it into double quotes to search for the words`
    const hint = near ? `did you mean ${near}? Else ${quoted}` : quoted
    return this.#error([from, from + name.length], `there is no field ${name}; ${hint}`, near)
  }

  #typedTest(field: FieldName): TypedTest {
    const compare = this.#takeHere(COMPARE) as CompareWith | undefined
    const values = [this.#value(field)] as [TypedValue, ...TypedValue[]]
    while (this.#text[this.#at] === ',') {
      this.#at++
      values.push(this.#value(field))
    }
    return { text: this.#text, compare, values }
  }

  #value(field: FieldName): TypedValue {
    const from = this.#at
    const quoted = this.#quoted()
    if (quoted !== undefined) return { value: quoted, isQuoted: true, from, to: this.#at }
    let value = this.#match(BARE_VALUE)?.[0] ?? ''
    // The ) of a group around it is not of the value.
    while (this.#depth > 0 && value.endsWith(')') && count(value, ')') > count(value, '(')) {
      value = value.slice(0, -1)
    }
    const to = from + value.length
    this.#at = to
    if (value !== '') return { value, isQuoted: false, from, to }
    throw this.#error([from, from + 1], `${field} needs a value: ${FIELDS[field].example}`)
  }

  #words(): FilterTree | undefined {
    const from = this.#at
    const words = this.#quoted() ?? this.#takeHere(BARE_WORD) ?? this.#stray()
    const isBare = !/["“”]/.test(this.#text[from] ?? '')
    const isPrefix = isBare ? words.endsWith('*') : this.#takeHere(/\*/y) !== undefined
    if (!A_WORD.test(words)) {
      this.#tests--
      this.#empty ??= [from, this.#at]
      return undefined
    }
    const plain = isBare ? words.replace(/\*+$/, '') : words
    return { is: 'words', words: plain, ...(isPrefix && { isPrefix }) }
  }

  /** What stands in double quotes here, if any does. */
  #quoted(): string | undefined {
    const from = this.#at
    if (this.#text[from] === '"') {
      const [whole, words] = this.#match(QUOTED) ?? []
      if (whole === undefined || words === undefined) {
        throw this.#error([from, from + 1], 'this quote is not closed')
      }
      this.#at += whole.length
      return words.replace(/\\(.)/g, '$1')
    }
    const [whole, words] = this.#match(TYPOGRAPHIC) ?? []
    if (whole !== undefined) this.#at += whole.length
    return words
  }

  /** A character that begins nothing. */
  #stray(): string {
    return this.#text[this.#at++] ?? ''
  }

  #deeper(from: number): void {
    if (++this.#depth <= DEEPEST) return
    throw this.#error([from, from + 1], `no more than ${DEEPEST} groups inside of each other`)
  }

  #blanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)
  }

  #is(pattern: RegExp): boolean {
    return this.#match(pattern) !== null
  }

  #takeHere(pattern: RegExp): string | undefined {
    const found = this.#match(pattern)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #take(pattern: RegExp): string | undefined {
    this.#blanks()
    return this.#takeHere(pattern)
  }

  #error(
    place: readonly [from: number, to: number],
    problem: string,
    nearest?: string
  ): FilterError {
    return new FilterError(this.#text, place, problem, nearest)
  }
}

function isEmpty(tree: FilterTree | undefined): boolean {
  return tree?.is === 'all' && tree.of.length === 0
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}
