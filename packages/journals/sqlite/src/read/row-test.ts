import type { TextField, TextTest } from '@slm-audit/core/reader'
import { facetTest, isListed } from '@slm-audit/core/store'
import type { TraitRow } from '../index/traits.ts'
import type { ValueDictionary } from './value-dictionary.ts'

/** A condition of SQL on a row of calls, with its values. */
export interface RowTest {
  readonly where: string
  readonly values: readonly (string | number)[]
  /** Counts the calls that have ended and are meant: not all filters ask for it. */
  readonly calls: () => number
}

/** Fields that few values are common in, and the columns that hold them. */
const COLUMNS: { readonly [field in TextField]?: readonly (keyof TraitRow | 'tenant')[] } = {
  model: ['model', 'answered_model'],
  stage: ['stage'],
  kind: ['kind'],
  provider: ['provider'],
  operation: ['operation'],
  tenant: ['tenant']
}
/** Values of a pattern that are looked for in rows. */
const MOST_VALUES = 16

/**
 * What asks a row whether a field of its call is one of some texts; `undefined` where rows do not say it as the
 * words of the index do: what a header has as a number is no text in them. So it is for calls that are open, which nothing counts.
 */
export function rowTest(test: TextTest, dictionary: ValueDictionary): RowTest | undefined {
  const columns = COLUMNS[test.field]
  const { facet, values } = facetTest(test)
  if (!columns || !isListed(facet)) return undefined
  const each = values.map(({ value, isPattern }) =>
    isPattern ? dictionary.matching(facet, value, MOST_VALUES) : [value]
  )
  if (each.includes(undefined)) return undefined
  const texts = [...new Set(each.flatMap((some) => some ?? []))]
  if (texts.length === 0 || texts.length > MOST_VALUES || texts.some(isUntold)) return undefined
  const among = texts.map(() => '?').join(', ')
  const where = columns.map((column) => `${column} IN (${among})`).join(' OR ')
  return {
    where: test.field === 'tenant' ? where : ofTraits(where),
    values: columns.flatMap(() => texts),
    calls: () => dictionary.calls(facet, texts)
  }
}

function isUntold(text: string): boolean {
  return text === 'received' || String(Number(text)) === text
}

/** A condition on a row of calls whose traits meet one. */
export function ofTraits(condition: string): string {
  return `trait IN (SELECT id FROM traits WHERE ${condition})`
}
