import { AuditError } from '@slm-audit/core/journal'
import type { TextTest, TextValue } from '@slm-audit/core/reader'
import { facetTest, type ListedFacet } from '@slm-audit/core/store'
import { facetToken, KEPT } from '../index/facets.ts'
import type { ValueDictionary } from './value-dictionary.ts'

/** Values that a pattern is replaced by; where there are more, their common beginning is searched. */
const MOST_VALUES = 64

/** The query of FTS5 for the calls of which a field is one of some texts. Throws AuditError `bad_query`. */
export function textMatch(test: TextTest, dictionary: ValueDictionary): string {
  const { facet, values } = facetTest(test)
  const parts = values.map((value) => valueMatch(facet, value, dictionary))
  return parts.length === 1 ? String(parts[0]) : `(${parts.join(' OR ')})`
}

function valueMatch(
  facet: ListedFacet,
  { value, isPattern }: TextValue,
  dictionary: ValueDictionary
): string {
  if (!isPattern) return quoted(facetToken(facet, value))
  const found = dictionary.matching(facet, value, MOST_VALUES)
  if (found?.length === 0) return NONE
  if (found) return `(${found.map((each) => quoted(facetToken(facet, each))).join(' OR ')})`
  const [beginning = '', ...rest] = value.split('*')
  if (rest.join('') === '' && beginning.length <= KEPT) {
    return `${quoted(facetToken(facet, beginning))} *`
  }
  throw new AuditError(
    'bad_query',
    `${facet}: ${value} fits too many values, or ones that are not listed; let the * stand at the end alone`
  )
}

/** A token that no call has. */
const NONE = quoted(facetToken('other', 'none'))

function quoted(token: string): string {
  return `"${token}"`
}
