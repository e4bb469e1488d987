export { AuditError, type AuditErrorCode } from './base/error.ts'
export type { Json } from './base/json.ts'
export type { ExporterState, SetAside } from './journal/cursors.ts'
export type { GrowthWatch, WatchGrowth } from './journal/growth-watch.ts'
export { commit, SALT_BYTES } from './journal/seal.ts'
export { decodeSealed } from './journal/sealed-line.ts'
export { textOf } from './protocol/readers/text-of.ts'
export {
  type Access,
  type AccessOptions,
  accessNote,
  decideAccess,
  denied,
  sealedNote
} from './read/access/access-options.ts'
export { type ShownContents, shownIn } from './read/access/contents-view.ts'
export { type GuardOptions, guardReader } from './read/access/guarded-reader.ts'
export { isOfLog, withOwnWordsOnly } from './read/access/own-words.ts'
export {
  type AccessRole,
  type AccessRoles,
  type GiveRole,
  parseRoles,
  type ReaderFacts
} from './read/access/roles.ts'
export {
  annotationNames,
  annotationScores,
  annotationText,
  annotationValues,
  readAnnotation
} from './read/annotations.ts'
export {
  ANOMALY,
  type Anomaly,
  DETECTOR_NAMES,
  DETECTORS,
  type Detector
} from './read/anomalies/anomaly.ts'
export { AnomalyWatch, type StoredWatch } from './read/anomalies/watch.ts'
export type { WatchedCall } from './read/anomalies/watched-call.ts'
export { asChat } from './read/as-chat.ts'
export type { CallAnnotation } from './read/call-annotation.ts'
export type { CallSummary, Page, PageOrder, PageRequest } from './read/call-summary.ts'
export { compareCalls } from './read/compare/compare-calls.ts'
export type {
  ComparedCall,
  ComparedInput,
  ComparedPair,
  ComparedSetting,
  CompareRequest,
  Comparison,
  Measure,
  MeasureUnit,
  PairedBy
} from './read/compare/comparison.ts'
export {
  type Interval,
  type PairCounts,
  pairedInterval,
  shareInterval
} from './read/compare/intervals.ts'
export {
  type Completion,
  type Completions,
  completeFilter,
  type ValuesOf
} from './read/filter/complete-filter.ts'
export { fieldNamed } from './read/filter/field-names.ts'
export { numberOf, tagsOf, textsOf } from './read/filter/field-values.ts'
export {
  FIELD_NAMES,
  FIELDS,
  type FieldName,
  NUMBER_FIELDS,
  type NumberField,
  type NumberUnit,
  TEXT_FIELDS,
  type TextField,
  type TimeField
} from './read/filter/fields.ts'
export { FilterError } from './read/filter/filter-error.ts'
export { filterText, textTestText } from './read/filter/filter-text.ts'
export { bothOf, type CallFilter, type Filter, filterTree } from './read/filter/filter-tree.ts'
export {
  type FilteredCall,
  inScope,
  matchesFilter,
  matchesPattern
} from './read/filter/matches-filter.ts'
export { type NearestValue, nearestValues } from './read/filter/nearest-values.ts'
export { parseFilter } from './read/filter/parse-filter.ts'
export type {
  AllOf,
  AnyOf,
  CompareWith,
  FilterTree,
  Not,
  NumberTest,
  TextTest,
  TextValue,
  TimeTest,
  Words
} from './read/filter/tree.ts'
export { isRefusal } from './read/is-refusal.ts'
export { isRepetition } from './read/is-repetition.ts'
export { languageOf } from './read/language-of.ts'
export { mergeCall } from './read/merge-call.ts'
export { readContent } from './read/read-content.ts'
export { type Clock, readTime } from './read/read-time.ts'
export type {
  AbsentContent,
  AuditedCall,
  ContentValue,
  EncryptedContent,
  ExporterStatus,
  FacetOptions,
  ProvedRecord,
  Reader
} from './read/reader.ts'
export {
  lacksContents,
  mergeRedacted,
  type WithContents,
  withRedacted
} from './read/redacted-contents.ts'
export { makeSession, stepName } from './read/session/make-session.ts'
export {
  messagesIn,
  type ShownMessage,
  type Turn,
  TurnFolding
} from './read/session/new-messages.ts'
export { readSession, readSessions } from './read/session/read-session.ts'
export type {
  Session,
  SessionRun,
  SessionStep,
  SessionSummary
} from './read/session/session.ts'
export {
  type FacetsWithin,
  type FacetsWithinOptions,
  FIELDS_WITHIN,
  type FieldWithin
} from './read/stats/facets-within.ts'
export { Sketch } from './read/stats/sketch.ts'
export {
  type CallFigures,
  type FacetCount,
  type Quantiles,
  STATS_DIMENSIONS,
  type StatsDimension,
  type StatsReport,
  type StatsRequest,
  type StatsRow
} from './read/stats/stats.ts'
export { type StoredTally, type TalliedCall, Tally } from './read/stats/tally.ts'
export { StoreReader } from './read/store-reader.ts'
export { KeptRecords } from './read/walk/kept-records.ts'
export { memoryReader } from './read/walk/memory-reader.ts'
export type { WalkedLog } from './read/walk/walked-log.ts'
export { walkingReader } from './read/walk/walking-reader.ts'
export type { AccessAction, AccessNote, ContentsView } from './record/access-record.ts'
export { ANNOTATION_KINDS, type Annotation, type AnnotationKind } from './record/annotation.ts'
export type { AuditRecord, Stage } from './record/record.ts'
export {
  parseRecord,
  type SealedContent,
  type SealedPart,
  type SealedRecord
} from './record/sealed-record.ts'
export { isCommitted } from './verify/committer.ts'
export type { RecordFlaw } from './verify/flaw.ts'
export { checkRecord } from './verify/inspect-record.ts'
export {
  nothingChecked,
  type SignedLate,
  type Verdict,
  type VerifyOptions,
  type VerifyReport
} from './verify/report.ts'
