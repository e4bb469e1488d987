export { abandonedDraft } from './abandoned.ts'
export type { Anchor, AnchoredLog } from './anchor.ts'
export { Anchoring, type AnchoringEvents } from './anchoring.ts'
export { asChat } from './as-chat.ts'
export type { AttemptGroup, AttemptOptions, LastAttempt } from './attempts.ts'
export type { AuditLog, ToolRun } from './audit-log.ts'
export { builtinModule } from './builtin-module.ts'
export type { OpenCall, OpenOptions } from './call.ts'
export { canonicalize } from './canonical.ts'
export { type Capture, type CaptureValues, isCapture, toDraft } from './capture.ts'
export {
  checkRange,
  type RangeFindings,
  type RangeSource,
  type StoredRecord
} from './check-range.ts'
export { checkWrapping } from './check-wrapping.ts'
export { summarizeLogprobs } from './confidence.ts'
export {
  type CursorChange,
  type Cursors,
  type ExporterState,
  memoryCursors,
  type SetAside
} from './cursors.ts'
export { joinBytes, type StreamEvent } from './decode.ts'
export { decodeBase64 } from './decode-base64.ts'
export { defineExporter, type ExporterDefinition } from './define-exporter.ts'
export { type DigestedMedia, digestMedia, type MediaPart } from './digest-media.ts'
export { encodeWith } from './encode-with.ts'
export { AuditError, type AuditErrorCode, messageOf } from './error.ts'
export { eventDraft } from './event-draft.ts'
export type { Exchange } from './exchange.ts'
export type {
  Exporter,
  ExporterEntry,
  ExporterOptions,
  ExportResult
} from './exporter.ts'
export { type Finish, finishOf } from './finish.ts'
export { foldDelta } from './fold-delta.ts'
export type { HeaderFields } from './header-fields.ts'
export { inOnePiece } from './in-one-piece.ts'
export { checkRecord, type RecordFlaw } from './inspect-record.ts'
export {
  type Content,
  type Draft,
  type Journal,
  parseRecord,
  type SealedContent,
  type SealedRecord
} from './journal.ts'
export { isObject, type Json, type JsonObject } from './json.ts'
export { KEY_ADDED } from './key-history.ts'
export { createAuditLog } from './log.ts'
export { ownMember, pickDetails, setMember, textMember } from './members.ts'
export { type MemoryJournal, type MemoryJournalOptions, memoryJournal } from './memory-journal.ts'
export { mergeCall, readContent } from './merge-call.ts'
export type { StreamReader } from './observe.ts'
export type { AuditLogOptions, Mode } from './options.ts'
export { otlpAnchor } from './otlp-anchor.ts'
export { endedByError, endedBySignal, typeOfError } from './outcome.ts'
export { type Platform, type ScopeStore, type StoreChannel, webPlatform } from './platform.ts'
export type {
  CallRequest,
  CallResponse,
  Later,
  Protocol,
  ProtocolHome,
  TokenLogprob,
  Usage
} from './protocol.ts'
export { protocolHome } from './protocol-home.ts'
export { providerOf } from './provider-of.ts'
export { readEmbeddings } from './read-embeddings.ts'
export { readError } from './read-error.ts'
export { type FlatRequest, readFlatRequest } from './read-flat-request.ts'
export { readLogprobs } from './read-logprobs.ts'
export { readModerations, readScores } from './read-moderations.ts'
export { readNow } from './read-now.ts'
export { readReasoning } from './read-reasoning.ts'
export { readRetryAfter } from './read-retry-after.ts'
export { readToolCalls } from './read-tool-calls.ts'
export { readToolNames } from './read-tool-names.ts'
export { readUsage } from './read-usage.ts'
export type {
  AuditedCall,
  CallFilter,
  CallSummary,
  ContentValue,
  ExporterStatus,
  Page,
  PageRequest,
  ProvedRecord,
  Reader,
  VerifyOptions,
  VerifyReport
} from './reader.ts'
export type {
  Alteration,
  Attempt,
  AuditContext,
  AuditRecord,
  ConfidenceSummary,
  DraftRecord,
  EndedBy,
  ModelIdentity,
  Outcome,
  ReasoningMarkers,
  ResponseFacts,
  Stage,
  SystemState
} from './record.ts'
export { refuseUnknown } from './refuse-unknown.ts'
export { type AnyMethod, replaceMethod } from './replace-method.ts'
export { type ClientVersion, reportUntested } from './report-untested.ts'
export { sdk } from './sdk.ts'
export {
  commit,
  MAX_HEADER_BYTES,
  SALT_BYTES,
  type Sealer,
  seal,
  toHex
} from './seal.ts'
export { decodeSealed, encodeSealed } from './sealed-line.ts'
export type { SeenSpan, TraceIds } from './span-calls.ts'
export { type SplitTexts, splitTexts } from './split-texts.ts'
export { type SplitThinking, splitThinking, type ThinkingSpan } from './split-thinking.ts'
export { type ExchangeTarget, type StartedExchange, startExchange } from './start-exchange.ts'
export type { StoredLog } from './stored-log.ts'
export { isAsyncIterable, type TapObserver, tapIterable, tapIterator } from './tap-iterator.ts'
export { tapReadable } from './tap-stream.ts'
export { textOf, textsOf } from './text-of.ts'
export type { Hash } from './tlog/sha256.ts'
export { verifyLog } from './verify-log.ts'
export { watchConsumer } from './watch-consumer.ts'
export { type WebAnchorOptions, webhookAnchor, witnessAnchor } from './web-anchors.ts'
export { type ClientKind, wrapClient } from './wrap-client.ts'
export { wrapFetch } from './wrap-fetch.ts'
export { type MethodProtocol, wrapMethod } from './wrap-method.ts'
