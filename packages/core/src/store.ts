// For whoever writes a store with a reader of its own: what every index over calls is made of.
export {
  CALL_COLUMNS,
  type CallColumn,
  type ColumnValue,
  NUMBER_COLUMNS
} from './read/indexed/call-columns.ts'
export {
  annotationFacets,
  type CallDocument,
  callDocument,
  callFacets,
  type IndexedContent,
  type IndexedRecord,
  searchedTexts
} from './read/indexed/call-document.ts'
export { EMPTY, FILTERED, REFUSED, REPEATED } from './read/indexed/call-flags.ts'
export { IDS_SHOWN, noCall, onlyId, recordNumber } from './read/indexed/call-ids.ts'
export {
  type CallRow,
  callRow,
  countOf,
  cursorAt,
  limitOf,
  type RelevantPage,
  relevantPage,
  startOf,
  toSummary
} from './read/indexed/call-query.ts'
export { withContentTexts } from './read/indexed/content-texts.ts'
export { CountsWithin } from './read/indexed/counts-within.ts'
export { facetQuery } from './read/indexed/facet-query.ts'
export {
  HourTallies,
  type HourTally,
  OF_ALL,
  ROLLUP_MS,
  type TalliedDocument
} from './read/indexed/hour-tallies.ts'
export {
  type FacetQuery,
  type FacetTest,
  type FacetValue,
  facetTest,
  isListed,
  type ListedFacet
} from './read/indexed/listed-facets.ts'
export {
  type Mentions,
  mentionsIn,
  mostRelevant,
  RELEVANT,
  relevantRows
} from './read/indexed/relevance.ts'
export { rowSnippet, snippetIn } from './read/indexed/row-snippet.ts'
export {
  type RollupQuery,
  rollupQuery,
  type StatsQuery,
  statsQuery
} from './read/indexed/stats-query.ts'
export { StatsTable } from './read/indexed/stats-table.ts'
export { bodyHolds, bodyOf, phraseIn, wordBody } from './read/indexed/word-body.ts'
export { isPlain, type Term, termsOf, tokensOf, wordsOf } from './read/indexed/words.ts'
export { SKETCH_BUCKETS, storedSketch } from './read/stats/sketch.ts'
export type { StoredTally } from './read/stats/tally.ts'
