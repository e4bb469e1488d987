export type { Anchor, AnchoredLog } from './anchors/anchor.ts'
export { otlpAnchor } from './anchors/otlp-anchor.ts'
export { type WebAnchorOptions, webhookAnchor, witnessAnchor } from './anchors/web-anchors.ts'
export { AuditError, type AuditErrorCode } from './base/error.ts'
export { type Json, type JsonObject, joinMembers } from './base/json.ts'
export type { AttemptGroup, AttemptOptions } from './call/attempts.ts'
export type { OpenCall, OpenOptions } from './call/open-call.ts'
export type { ReviewOptions } from './call/scope.ts'
export type { StreamReader } from './call/stream-reader.ts'
export { defineExporter, type ExporterDefinition } from './delivery/define-exporter.ts'
export type { Exporter, ExporterEntry, ExporterOptions, ExportResult } from './delivery/exporter.ts'
export { wrapFetch } from './instrument/wrap-fetch.ts'
export { type MethodProtocol, wrapMethod } from './instrument/wrap-method.ts'
export type { Journal } from './journal/journal.ts'
export {
  type MemoryJournal,
  type MemoryJournalOptions,
  memoryJournal
} from './journal/memory-journal.ts'
export type { Review, ReviewDecision, ReviewStore } from './journal/reviews.ts'
export type { Annotated, AuditLog, ToolRun } from './log/audit-log.ts'
export { createAuditLog } from './log/log.ts'
export type { AuditLogOptions, CommonLogOptions, Mode } from './log/options.ts'
export type { Deciding, Reviews } from './log/reviews.ts'
export type { PolicyOutcome } from './policy/outcome.ts'
export type {
  AskedModule,
  Capture,
  Captured,
  Level,
  Matched,
  Patterns,
  PolicyDocument,
  PolicyMatch,
  PolicyRule,
  ReviewTerms
} from './policy/policy-document.ts'
export type { PolicyFacts } from './policy/policy-facts.ts'
export type { DecideByFacts, DecideOutcome, GivenOutcome } from './policy/when/asked-module.ts'
export type {
  FindValues,
  FoundRanges,
  FunctionDetector,
  ModuleDetector,
  OwnDetector,
  PatternDetector,
  WordsDetector
} from './protect/own-detectors.ts'
export type { HeaderFields } from './protocol/header-fields.ts'
export type { Protocol, StreamEvent } from './protocol/protocol.ts'
export type {
  CallRequest,
  CallResponse,
  SeenSpan,
  TokenLogprob,
  TraceIds,
  Usage
} from './record/call-facts.ts'
export type { Later } from './record/later.ts'
export type {
  Alteration,
  Attempt,
  AuditContext,
  AuditRecord,
  ConfidenceSummary,
  EndedBy,
  ModelIdentity,
  Outcome,
  ReasoningMarkers,
  ResponseFacts,
  Stage,
  SystemState
} from './record/record.ts'
export {
  parseRecord,
  type SealedContent,
  type SealedPart,
  type SealedRecord
} from './record/sealed-record.ts'
export {
  type Platform,
  type ScopeStore,
  type StoreChannel,
  webPlatform
} from './runtime/platform.ts'
