export type { Anchor, AnchoredLog } from './anchors/anchor.ts'
export { Anchoring, type AnchoringEvents } from './anchors/anchoring.ts'
export { otlpAnchor } from './anchors/otlp-anchor.ts'
export { type WebAnchorOptions, webhookAnchor, witnessAnchor } from './anchors/web-anchors.ts'
export { decodeBase64 } from './base/base64.ts'
export { builtinModule } from './base/builtin-module.ts'
export { joinBytes } from './base/bytes.ts'
export { canonicalize } from './base/canonical.ts'
export { refuseUnknown } from './base/check-options.ts'
export { AuditError, type AuditErrorCode, messageOf } from './base/error.ts'
export { toHex } from './base/hex.ts'
export {
  isObject,
  type Json,
  type JsonObject,
  joinMembers,
  ownMember,
  pickDetails,
  setMember,
  textMember
} from './base/json.ts'
export { isAsyncIterable } from './base/promises.ts'
export type { Hash } from './base/sha256.ts'
export { readWebAddress } from './base/web-address.ts'
export type { AttemptGroup, AttemptOptions, LastAttempt } from './call/attempts.ts'
export type { StreamReader } from './call/observe.ts'
export type { OpenCall, OpenOptions } from './call/open-call.ts'
export { defineExporter, type ExporterDefinition } from './delivery/define-exporter.ts'
export { encodeWith } from './delivery/encode-with.ts'
export type {
  Exporter,
  ExporterEntry,
  ExporterOptions,
  ExportResult
} from './delivery/exporter.ts'
export { refusesBatch } from './delivery/refuses-batch.ts'
export { checkWrapping } from './instrument/check-wrapping.ts'
export type { Exchange } from './instrument/exchange.ts'
export { type AnyMethod, replaceMethod } from './instrument/replace-method.ts'
export { type ClientVersion, reportUntested } from './instrument/report-untested.ts'
export {
  type ExchangeTarget,
  type StartedExchange,
  startExchange
} from './instrument/start-exchange.ts'
export { watchConsumer } from './instrument/watch-consumer.ts'
export { type ClientKind, wrapClient } from './instrument/wrap-client.ts'
export { wrapFetch } from './instrument/wrap-fetch.ts'
export { type MethodProtocol, wrapMethod } from './instrument/wrap-method.ts'
export {
  type CursorChange,
  type Cursors,
  type ExporterState,
  memoryCursors,
  type SetAside
} from './journal/cursors.ts'
export type { Journal } from './journal/journal.ts'
export {
  type MemoryJournal,
  type MemoryJournalOptions,
  memoryJournal
} from './journal/memory-journal.ts'
export {
  commit,
  MAX_HEADER_BYTES,
  SALT_BYTES,
  type Sealer,
  seal
} from './journal/seal.ts'
export { decodeSealed, encodeSealed } from './journal/sealed-line.ts'
export type { AuditLog, ToolRun } from './log/audit-log.ts'
export { createAuditLog } from './log/log.ts'
export type { AuditLogOptions, Mode } from './log/options.ts'
export type { HeaderFields } from './protocol/header-fields.ts'
export type {
  Protocol,
  ProtocolHome,
  StreamEvent
} from './protocol/protocol.ts'
export { protocolHome } from './protocol/protocol-home.ts'
export { foldBlocks } from './protocol/readers/fold-blocks.ts'
export { foldDelta } from './protocol/readers/fold-delta.ts'
export { laterState } from './protocol/readers/later-state.ts'
export { providerOf } from './protocol/readers/provider-of.ts'
export { readEmbeddings } from './protocol/readers/read-embeddings.ts'
export { readError } from './protocol/readers/read-error.ts'
export { type FlatRequest, readFlatRequest } from './protocol/readers/read-flat-request.ts'
export { readLogprobs } from './protocol/readers/read-logprobs.ts'
export { readModerations, readScores } from './protocol/readers/read-moderations.ts'
export { readReasoning } from './protocol/readers/read-reasoning.ts'
export { readToolCalls } from './protocol/readers/read-tool-calls.ts'
export { readToolNames } from './protocol/readers/read-tool-names.ts'
export { readUsage } from './protocol/readers/read-usage.ts'
export {
  type SplitThinking,
  splitThinking,
  type ThinkingSpan
} from './protocol/readers/split-thinking.ts'
export { textOf, textsOf } from './protocol/readers/text-of.ts'
export { inOnePiece } from './protocol/unary.ts'
export { asChat } from './read/as-chat.ts'
export { mergeCall, readContent } from './read/merge-call.ts'
export { type Clock, readTime } from './read/read-time.ts'
export type {
  AuditedCall,
  CallFilter,
  CallSummary,
  ContentValue,
  ExporterStatus,
  Page,
  PageRequest,
  ProvedRecord,
  Reader
} from './read/reader.ts'
export type {
  CallRequest,
  CallResponse,
  SeenSpan,
  TokenLogprob,
  TraceIds,
  Usage
} from './record/call-facts.ts'
export { summarizeLogprobs } from './record/confidence.ts'
export { type DigestedMedia, digestMedia, type MediaPart } from './record/digest-media.ts'
export { abandonedDraft, eventDraft } from './record/event-record.ts'
export { type Finish, finishOf } from './record/finish.ts'
export { type Later, readNow } from './record/later.ts'
export { endedByError, endedBySignal, typeOfError } from './record/outcome.ts'
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
} from './record/record.ts'
export { sdk } from './record/sdk.ts'
export {
  type Content,
  type Draft,
  parseRecord,
  type SealedContent,
  type SealedRecord
} from './record/sealed-record.ts'
export { type SplitFacts, splitFacts } from './record/split-facts.ts'
export { type Capture, type CaptureValues, isCapture, toDraft } from './recording/raw-record.ts'
export {
  type Platform,
  type ScopeStore,
  type StoreChannel,
  webPlatform
} from './runtime/platform.ts'
export {
  type TapObserver,
  tapIterable,
  tapIterator
} from './streams/tap-iterator.ts'
export { tapReadable } from './streams/tap-stream.ts'
export { checkRange } from './verify/check-range.ts'
export type { RecordFlaw } from './verify/flaw.ts'
export { checkRecord } from './verify/inspect-record.ts'
export { KEY_ADDED } from './verify/key-history.ts'
export type { VerifyOptions, VerifyReport } from './verify/report.ts'
export type { RangeFindings, RangeSource, StoredLog, StoredRecord } from './verify/stored-log.ts'
export { verifyLog } from './verify/verify-log.ts'
export { readRetryAfter } from './wire/response-head.ts'
