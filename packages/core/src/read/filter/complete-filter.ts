import type { FacetCount } from '../stats/stats.ts'
import { fieldNamed } from './field-names.ts'
import { FIELD_NAMES, FIELDS, type FieldName, STAGES, type TextField } from './fields.ts'
import { partText, valueText } from './filter-text.ts'

/** One thing that can be typed next. */
export interface Completion {
  /** What takes the place of what was typed, from `from` of its list on. */
  readonly text: string
  /** What it is, in a few words. */
  readonly about: string
}

/** What can be typed at the end of a filter. */
export interface Completions {
  /** Where in the text the word begins that is completed, in UTF-16 code units. */
  readonly from: number
  /** The most likely first. */
  readonly items: readonly Completion[]
}

/** Gives the most frequent values of a field that begin so; `tag` names a tag. A reader's `facets` is one. */
export type ValuesOf = (
  field: TextField,
  options: { readonly beginning: string; readonly tag?: string; readonly limit: number }
) => Promise<readonly FacetCount[]>

const MOST = 20
const TIMES = ['1h', '24h', '7d', '30d', 'today', 'yesterday']
/** The word at the end: what stands behind the last blank that is not in quotes, without a negation. */
const LAST_WORD = /(?:^|[\s(])([-!]?)((?:[^\s"(]|"[^"]*"?)*)$/
const FIELD = /^([A-Za-z][\w-]*)(?:\.([^\s:"]+))?:(?:[<>]=?|=)?(.*)$/s

/**
 * What can be typed at the end of a filter: names of fields, then their values. For a viewer's filter and
 * for shells. Never rejects because of what was typed.
 *
 * @param text The filter up to the cursor.
 */
export async function completeFilter(text: string, valuesOf: ValuesOf): Promise<Completions> {
  const [, , word = ''] = LAST_WORD.exec(text) ?? []
  const from = text.length - word.length
  const [, name = '', tag, rest] = FIELD.exec(word) ?? []
  const field = rest === undefined ? undefined : fieldNamed(name)
  if (field === undefined) return { from, items: await namesFor(word, valuesOf) }
  const typed = rest?.split(',').at(-1) ?? ''
  return { from: text.length - typed.length, items: await valuesFor(field, tag, typed, valuesOf) }
}

async function namesFor(word: string, valuesOf: ValuesOf): Promise<Completion[]> {
  const typed = word.toLowerCase()
  const [, tag] = /^tag\.(.*)$/.exec(word) ?? []
  if (tag !== undefined) {
    const tags = await found(valuesOf, 'tag', { beginning: tag, limit: MOST })
    return tags.map(({ value, calls }) => ({
      text: `tag${partText(value)}:`,
      about: callsWord(calls)
    }))
  }
  return FIELD_NAMES.filter((name) => name.toLowerCase().startsWith(typed)).map((name) => ({
    text: name === 'tag' ? 'tag.' : `${name}:`,
    about: FIELDS[name].about
  }))
}

async function valuesFor(
  field: FieldName,
  tag: string | undefined,
  typed: string,
  valuesOf: ValuesOf
): Promise<Completion[]> {
  const rule = FIELDS[field]
  if (rule.type === 'time') return beginning(TIMES, typed, rule.about)
  if (rule.type === 'number') {
    const example = rule.example.slice(field.length + 1)
    return typed === '' ? [{ text: example, about: rule.about }] : []
  }
  if (field === 'stage') return beginning(STAGES, typed, rule.about)
  const options = {
    beginning: typed.replace(/^"/, ''),
    limit: MOST,
    ...(tag !== undefined && { tag })
  }
  const values = await found(valuesOf, field as TextField, options)
  return values.map(({ value, calls }) => ({ text: valueText({ value }), about: callsWord(calls) }))
}

/** Fields whose values are not listed have none to offer. */
async function found(
  valuesOf: ValuesOf,
  field: TextField,
  options: Parameters<ValuesOf>[1]
): Promise<readonly FacetCount[]> {
  try {
    return await valuesOf(field, options)
  } catch {
    return []
  }
}

function beginning(words: readonly string[], typed: string, about: string): Completion[] {
  return words.filter((word) => word.startsWith(typed)).map((text) => ({ text, about }))
}

function callsWord(calls: number): string {
  return calls === 1 ? '1 call' : `${calls.toLocaleString('en')} calls`
}
