import { createHash } from 'node:crypto'
import type { FacetValue, ListedFacet } from '@slm-audit/core/store'
import { storable } from '../connection/storable.ts'

/** Longer values are known by their beginning and digest, because an index takes no longer ones. */
const LONGEST = 200

/** What stands for a value of a facet in the list of all that a call has. */
export function facetText([facet, value]: FacetValue): string {
  return storable(`${facet}=${value}`)
}

/** The same where it is looked up by: as long as an index takes. */
export function facetKey(facet: ListedFacet, value: string): string {
  return keyOfText(facetText([facet, value]))
}

/** `facetKey` of what `facetText` gave. */
export function keyOfText(text: string): string {
  if (text.length <= LONGEST) return text
  return `${text.slice(0, LONGEST)}#${createHash('sha256').update(text).digest('hex')}`.toWellFormed()
}
