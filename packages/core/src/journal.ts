export type { Anchor, AnchoredLog } from './anchors/anchor.ts'
export { Anchoring, type AnchoringEvents } from './anchors/anchoring.ts'
export { refuseUnknown } from './base/check-options.ts'
export { AuditError, type AuditErrorCode, messageOf } from './base/error.ts'
export { toHex } from './base/hex.ts'
export { isObject, type Json } from './base/json.ts'
export type { Hash } from './base/sha256.ts'
export {
  type CursorChange,
  type Cursors,
  type ExporterState,
  memoryCursors,
  type SetAside
} from './journal/cursors.ts'
export type { GrowthWatch, WatchGrowth } from './journal/growth-watch.ts'
export { encryptedWith, isAbsent, isGone, joinParts } from './journal/join-parts.ts'
export type { Journal } from './journal/journal.ts'
export { KnownParts, type PartSealer } from './journal/known-parts.ts'
export {
  type MemoryJournal,
  type MemoryJournalOptions,
  memoryJournal
} from './journal/memory-journal.ts'
export { ScratchBuffer } from './journal/scratch-buffer.ts'
export { commit, MAX_HEADER_BYTES, SALT_BYTES, type Sealer, scopeOf, seal } from './journal/seal.ts'
export { decodeSealed, encodeSealed } from './journal/sealed-line.ts'
export { LOG_OPTIONS, type LogOption, type LogOptionTable } from './log/log-options.ts'
export type { Protocol } from './protocol/protocol.ts'
export { withAbsentContents } from './record/absent-contents.ts'
export {
  ACCESS,
  pendingAccess,
  pendingReadsAudited,
  READS_AUDITED
} from './record/access-record.ts'
export { type Annotation, subjectOf } from './record/annotation.ts'
export { ANNOTATION, pendingAnnotation } from './record/annotation-record.ts'
export {
  CONTENTS_ERASED,
  type ErasedContents,
  type ErasureNote,
  isErasure,
  pendingErasure,
  readErasure
} from './record/erasure-record.ts'
export { pendingAbandoned, pendingEvent } from './record/event-record.ts'
export {
  foldHold,
  HOLD_ADDED,
  HOLD_RELEASED,
  type Hold,
  type HoldNote,
  isStanding,
  pendingHold,
  pendingRelease
} from './record/hold-record.ts'
export { IndexRanges } from './record/index-ranges.ts'
export type { AuditRecord, Stage, UnplacedRecord } from './record/record.ts'
export {
  checkScope,
  nameOfScope,
  type RecordScope,
  readScope,
  SCOPED_CONTEXT,
  scopedValue,
  scopeTest
} from './record/record-scope.ts'
export { CONTENTS_REDACTED, pendingRedaction } from './record/redaction-record.ts'
export {
  type AgedRecords,
  type Aging,
  CONTENTS_EXPIRED,
  type IndexRange,
  pendingAging,
  RECORDS_PRUNED,
  rangesOf,
  readAging
} from './record/retention-record.ts'
export { sdk } from './record/sdk.ts'
export {
  type Content,
  type PendingRecord,
  parseRecord,
  recordSize,
  type SealedContent,
  type SealedPart,
  type SealedRecord
} from './record/sealed-record.ts'
export { type SplitFacts, splitFacts } from './record/split-facts.ts'
export { LOG_UNSIGNED, pendingUnsigned, type UnsignedEnd } from './record/unsigned-record.ts'
export { type Due, isOwnWord, RetentionDates } from './retention/retention-dates.ts'
export type { RetentionPolicy } from './retention/retention-policy.ts'
export type { LogAdmin } from './upkeep/admin.ts'
export {
  type AnnotateOptions,
  type AnnotateReport,
  checkAnnotate,
  pendingAnnotations
} from './upkeep/annotating.ts'
export {
  checkErase,
  type Erased,
  type EraseOptions,
  type EraseReport,
  type HeldBack
} from './upkeep/erasure.ts'
export { HeldRecords } from './upkeep/held-records.ts'
export { checkHold, checkRelease, type HoldOptions, type ReleaseOptions } from './upkeep/holding.ts'
export type { Redacted, RedactionRule, RedactOptions, RedactReport } from './upkeep/redacting.ts'
export {
  checkRetention,
  type KnownRetention,
  noRetention,
  type PendingRetention,
  POLICY_KINDS,
  type RetentionOptions,
  type RetentionReport,
  retentionIn,
  retentionOf,
  type WaitingExporter
} from './upkeep/retaining.ts'
export {
  type RetainedLog,
  type RetentionSchedule,
  type RetentionSteps,
  retentionMs,
  ScheduledRetention
} from './upkeep/scheduled-retention.ts'
export { ScopedRecords } from './upkeep/scoped-records.ts'
export { type AdminSigning, SIGNING_OPTIONS } from './upkeep/signing.ts'
export { piecesOf, type StoredPiece, withoutPieces } from './upkeep/take-out.ts'
export { type AgedRanges, newAgedRanges, withAged } from './verify/aged-ranges.ts'
export { flawOfRecords, proofUnder, type StoredNote } from './verify/call-proofs.ts'
export { checkArriving } from './verify/check-arriving.ts'
export { checkRange } from './verify/check-range.ts'
export type { RecordFlaw } from './verify/flaw.ts'
export { checkRecord } from './verify/inspect-record.ts'
export { KEY_ADDED } from './verify/key-history.ts'
export {
  nothingChecked,
  type SignedLate,
  type Verdict,
  type VerifyOptions,
  type VerifyReport
} from './verify/report.ts'
export type { RangeFindings, RangeSource, StoredLog, StoredRecord } from './verify/stored-log.ts'
export { verifyLog } from './verify/verify-log.ts'
