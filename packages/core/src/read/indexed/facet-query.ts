import { AuditError } from '../../base/error.ts'
import { TEXT_FIELDS, type TextField } from '../filter/fields.ts'
import type { FacetOptions } from '../reader.ts'
import { limitOf } from './call-query.ts'
import { type FacetQuery, isListed, type ListedFacet } from './listed-facets.ts'

const USUAL = 20

/**
 * What is counted for a field, and what stands before each value in the index. Throws AuditError
 * `bad_query` for a field whose values are not listed.
 */
export function facetQuery(
  field: TextField,
  { tag, beginning = '', limit = USUAL }: FacetOptions
): { readonly query: FacetQuery; readonly prefix: string } {
  if (!TEXT_FIELDS.includes(field) || !isListed(field)) {
    const fields = TEXT_FIELDS.filter(isListed).join(', ')
    throw new AuditError(
      'bad_query',
      `the values of ${field} are not listed; those of ${fields} are`
    )
  }
  if (tag !== undefined && field !== 'tag' && field !== 'annotation') {
    throw new AuditError('bad_query', `only the fields tag and annotation have a tag, not ${field}`)
  }
  const facet: ListedFacet = tag === undefined ? field : `${field as 'tag'}Value`
  const prefix = tag === undefined ? '' : `${tag}=`
  const query = { facet, beginning: prefix + beginning, limit: limitOf({ limit }) }
  return { query, prefix }
}
