import type { TextField } from '../filter/fields.ts'

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
