import type { TextField } from '../filter/fields.ts'
import type { TextTest, TextValue } from '../filter/tree.ts'

/** A facet whose values are listed: a field, or a tag or what an annotation says, with its value as `name=value`. */
export type ListedFacet = TextField | 'tagValue' | 'annotationValue'

/** A value that a call has in a facet. */
export type FacetValue = readonly [facet: ListedFacet, value: string]

/** Facets whose values are not listed: each call may have one of its own. */
const UNLISTED: ReadonlySet<ListedFacet> = new Set(['session', 'parent'])

/** Whether the values of a facet are listed. */
export function isListed(facet: ListedFacet): boolean {
  return !UNLISTED.has(facet)
}

/** Which values of a facet are counted. */
export interface FacetQuery {
  /** The field, or a tag's values. */
  readonly facet: ListedFacet
  /** Only values that begin so. */
  readonly beginning: string
  /** Most values. */
  readonly limit: number
}

/** A test of texts in the words of facets: a call passes that has any of the values. */
export interface FacetTest {
  /** The facet. */
  readonly facet: ListedFacet
  /** Its values, and patterns of them. */
  readonly values: readonly TextValue[]
}

/** What a test of texts asks of facets. That a tag is there, whatever its value, is a value of the facet of their names. */
export function facetTest({ field, tag, values }: TextTest): FacetTest {
  if (tag === undefined || (field !== 'tag' && field !== 'annotation')) {
    return { facet: field, values }
  }
  const isAnyValue = values.some(({ value, isPattern }) => isPattern && /^\*+$/.test(value))
  if (isAnyValue) return { facet: field, values: [{ value: tag }] }
  const named = values.map((each) => ({ ...each, value: `${tag}=${each.value}` }))
  return { facet: `${field}Value`, values: named }
}
