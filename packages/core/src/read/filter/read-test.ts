import { AuditError } from '../../base/error.ts'
import { type Clock, readTime } from '../read-time.ts'
import { nearestStage, stageNamed } from './field-names.ts'
import { FIELDS, type NumberField, type TextField, type TimeField } from './fields.ts'
import { FilterError } from './filter-error.ts'
import { MEASURES, readMeasure } from './measures.ts'
import type { CompareWith, FilterTree, TextValue } from './tree.ts'

/** A value as it was typed, with its place in the text. */
export interface TypedValue {
  readonly value: string
  readonly isQuoted: boolean
  readonly from: number
  readonly to: number
}

/** What stands behind a field's name. */
export interface TypedTest {
  /** The whole text of the filter, for errors. */
  readonly text: string
  readonly compare: CompareWith | undefined
  readonly values: readonly [TypedValue, ...TypedValue[]]
}

const AGE = /^(?:now|\d+(?:\.\d+)? ?[a-z]+(?: ago)?)$/i

/** The node of a field of texts. Throws FilterError. */
export function textTest(field: TextField, tag: string | undefined, typed: TypedTest): FilterTree {
  const { text, compare, values } = typed
  if (compare !== undefined && compare !== '=') {
    const example = FIELDS[field].example
    throw new FilterError(
      text,
      placeOf(values),
      `${field} cannot be compared with ${compare}; write it as ${example}`
    )
  }
  if (field === 'tag' && tag === undefined) return tagTests(values)
  const read = values.map((value) => (field === 'stage' ? stageOf(text, value) : patternOf(value)))
  return { is: 'text', field, ...(tag !== undefined && { tag }), values: read }
}

/** The node of a field of numbers. Throws FilterError. */
export function numberTest(
  field: NumberField,
  tag: string | undefined,
  typed: TypedTest
): FilterTree {
  const { text, compare, values } = typed
  const test = { is: 'number', field, ...(tag !== undefined && { tag }) } as const
  const [first, second] = values
  const { unit, example } = FIELDS[field]
  if (second) {
    throw new FilterError(
      text,
      [second.from, second.to],
      `${field} is compared with one number; write a range as ${field}:${rangeExample(example)}`
    )
  }
  const read = (word: string, from: number): number => {
    const number = readMeasure(word, unit)
    if (number !== undefined) return number
    const place = [from, from + word.length] as const
    throw new FilterError(text, place, `${field} takes ${MEASURES[unit]}, not '${word}'`)
  }
  const { value, from } = first
  if (value === '*' && compare === undefined) {
    return { ...test, compare: '>=', value: 0 }
  }
  const [, low, high] = /^(.+?)\.\.(.+)$/.exec(value) ?? []
  if (low !== undefined && high !== undefined && compare === undefined) {
    const of = [
      { ...test, compare: '>=', value: read(low, from) },
      { ...test, compare: '<=', value: read(high, from + low.length + 2) }
    ] as const
    return { is: 'all', of }
  }
  const number = read(value, from)
  if (compare === undefined && unit !== 'count') {
    const problem = `say how ${field} is compared: ${field}:>${value} or ${field}:<${value}`
    throw new FilterError(text, placeOf(values), problem)
  }
  return { ...test, compare: compare ?? '=', value: number }
}

/** The node of a time. An age stays one; what depends on a clock becomes an instant. Throws FilterError. */
export function timeTest(field: TimeField, typed: TypedTest, clock: Clock): FilterTree {
  const { text, compare, values } = typed
  const [{ value }, second] = values
  if (compare !== undefined || second) {
    const problem = `${field} takes one time and nothing else: ${FIELDS[field].example}`
    throw new FilterError(text, placeOf(values), problem)
  }
  try {
    const instant = readTime(field, value, clock)
    return { is: 'time', field, value: AGE.test(value.trim()) ? value : instant }
  } catch (error) {
    if (!AuditError.is(error)) throw error
    throw new FilterError(text, placeOf(values), error.message)
  }
}

function placeOf(values: TypedTest['values']): readonly [from: number, to: number] {
  return [values[0].from, (values.at(-1) ?? values[0]).to]
}

/** `tag:tier` asks for any value, `tag:tier=gold` for one. */
function tagTests(values: TypedTest['values']): FilterTree {
  const of = values.map((typed): FilterTree => {
    const [, tag = typed.value, value] = /^([^=]+)=(.*)$/s.exec(typed.value) ?? []
    const values: TextValue[] =
      value === undefined ? [{ value: '*', isPattern: true }] : [patternOf({ ...typed, value })]
    return { is: 'text', field: 'tag', tag, values }
  })
  return of.length === 1 && of[0] ? of[0] : { is: 'any', of }
}

function patternOf({ value, isQuoted }: TypedValue): TextValue {
  return !isQuoted && value.includes('*') ? { value, isPattern: true } : { value }
}

function stageOf(text: string, typed: TypedValue): TextValue {
  const { value, from, to } = typed
  if (!typed.isQuoted && value.includes('*')) return patternOf(typed)
  const stage = stageNamed(value)
  if (stage !== undefined) return { value: stage }
  const near = nearestStage(value)
  const hint = near ? `did you mean ${near}?` : FIELDS.stage.about
  throw new FilterError(text, [from, to], `there is no stage ${value}; ${hint}`, near)
}

function rangeExample(example: string): string {
  const value = example.replace(/^\w+:[<>]=?/, '')
  return `${value}..${value.replace(/\d+/, (digits) => String(Number(digits) * 2))}`
}
