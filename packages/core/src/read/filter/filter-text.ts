import { fieldNamed } from './field-names.ts'
import { FIELDS } from './fields.ts'
import { measureText } from './measures.ts'
import type { FilterTree, NumberTest, TextTest, TextValue, Words } from './tree.ts'

/** What a bare value may not hold: it would be read as something else. */
const QUOTED_VALUE = /[\s",()*“”]|^[<>=]|^$/
const QUOTED_PATTERN = /[\s",()“”]|^[<>=]/
const QUOTED_WORD = /[\s"“”()*]|^[-!&|]|^(?:AND|OR|NOT)$/

/**
 * A tree in the filter language, as short as it goes: `parseFilter` reads it as the same tree, but for
 * groups that are not needed. For the line above a list, the viewer's address, a stored filter.
 */
export function filterText(tree: FilterTree): string {
  switch (tree.is) {
    case 'all':
      return tree.of.map((each) => (each.is === 'any' ? grouped(each) : filterText(each))).join(' ')
    case 'any':
      return tree.of.map(filterText).join(' OR ')
    case 'not':
      return `-${'of' in tree.of ? grouped(tree.of) : filterText(tree.of)}`
    case 'text':
      return textTestText(tree)
    case 'number':
      return numberText(tree)
    case 'time':
      return `${tree.field}:${timeText(tree.value)}`
    case 'words':
      return wordsText(tree)
  }
}

/** An instant without the seconds that it has none of. */
function timeText(value: string): string {
  const short = value.replace(/(?::00)?\.000Z$/, 'Z')
  return /[\s",()]/.test(short) ? quote(short) : short
}

function grouped(tree: FilterTree): string {
  return `(${filterText(tree)})`
}

/**
 * A test of a text as `filterText` gives it. For pages, which add a value that was clicked on to a filter: it brings no list of
 * fields along.
 */
export function textTestText({ field, tag, values }: TextTest): string {
  const [first] = values
  if (field === 'tag' && values.length === 1 && first?.isPattern && first.value === '*') {
    return `tag:${/[\s",()*=]/.test(tag ?? '') ? quote(tag ?? '') : tag}`
  }
  return `${field}${partText(tag)}:${values.map(valueText).join(',')}`
}

/** The name of a tag, or of a part of another field, behind the field's. */
export function partText(tag: string | undefined): string {
  if (tag === undefined) return ''
  return `.${/[\s:"(),]/.test(tag) ? `"${tag}"` : tag}`
}

/** A value as it stands in a filter. */
export function valueText({ value, isPattern }: TextValue): string {
  return (isPattern ? QUOTED_PATTERN : QUOTED_VALUE).test(value) ? quote(value) : value
}

function numberText({ field, tag, compare, value }: NumberTest): string {
  return `${field}${partText(tag)}:${compare === '=' ? '' : compare}${measureText(value, FIELDS[field].unit)}`
}

function wordsText({ words, isPrefix }: Words): string {
  const [, name] = /^([A-Za-z][\w-]*)[.:]/.exec(words) ?? []
  const isField = name !== undefined && (fieldNamed(name) !== undefined || words.includes(':'))
  const text = isField || QUOTED_WORD.test(words) ? quote(words) : words
  return isPrefix ? `${text}*` : text
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
