export { decodeBase64 } from './base/base64.ts'
export { builtinModule } from './base/builtin-module.ts'
export { joinBytes } from './base/bytes.ts'
export { canonicalize } from './base/canonical.ts'
export { refuseUnknown } from './base/check-options.ts'
export { encodedText } from './base/encoded-text.ts'
export { AuditError, type AuditErrorCode, messageOf } from './base/error.ts'
export { toHex } from './base/hex.ts'
export { over, passError, passOn, quietly, quietlyAsync } from './base/host-first.ts'
export { calledOn, methodOf, overNext, overOption } from './base/host-functions.ts'
export {
  isObject,
  type Json,
  type JsonObject,
  ownMember,
  pickDetails,
  setMember,
  textMember
} from './base/json.ts'
export { isAsyncIterable } from './base/promises.ts'
export { signalOf } from './base/signal.ts'
export { newUuid } from './base/uuid.ts'
export type { AttemptGroup, AttemptOptions, LastAttempt } from './call/attempts.ts'
export { copyOfItem } from './call/item-reader.ts'
export type { OpenCall, OpenOptions } from './call/open-call.ts'
export type { StreamReader } from './call/stream-reader.ts'
export { checkWrapping } from './instrument/check-wrapping.ts'
export { claim, logsOf } from './instrument/claim.ts'
export { descriptorOf } from './instrument/descriptor-of.ts'
export type { Exchange } from './instrument/exchange.ts'
export type { ExchangeTarget } from './instrument/exchange-target.ts'
export { IdentityLookup } from './instrument/identity-lookup.ts'
export { layOver } from './instrument/lay-over.ts'
export { recordRuns, replaceRunner, type StartedRun } from './instrument/record-runs.ts'
export { replaceFetch } from './instrument/replace-fetch.ts'
export { type AnyMethod, replaceMethod } from './instrument/replace-method.ts'
export { reportStandIns } from './instrument/report-stand-ins.ts'
export { reportUnseen, type Unseen } from './instrument/report-unseen.ts'
export { type ClientVersion, reportUntested } from './instrument/report-untested.ts'
export { boundTo, type Passed, standInFor } from './instrument/stand-in.ts'
export { type StartedExchange, startExchange } from './instrument/start-exchange.ts'
export { onAbort } from './instrument/watch-abort.ts'
export { watchConsumer } from './instrument/watch-consumer.ts'
export { type ClientKind, wrapClient } from './instrument/wrap-client.ts'
export { wrapFetch } from './instrument/wrap-fetch.ts'
export { type MethodProtocol, wrapMethod } from './instrument/wrap-method.ts'
export type { AuditLog } from './log/audit-log.ts'
export type { GivenHeaders, HeaderFields } from './protocol/header-fields.ts'
export { nonStreaming } from './protocol/non-streaming.ts'
export type { Protocol, StreamEvent, StreamFault, WorkerModule } from './protocol/protocol.ts'
export { foldBlocks } from './protocol/readers/fold-blocks.ts'
export { foldDelta } from './protocol/readers/fold-delta.ts'
export { growList } from './protocol/readers/grow-list.ts'
export { isBefore } from './protocol/readers/is-before.ts'
export { indexesOf } from './protocol/readers/item-index.ts'
export { laterState } from './protocol/readers/later-state.ts'
export { providerOf } from './protocol/readers/provider-of.ts'
export { readEmbeddings } from './protocol/readers/read-embeddings.ts'
export { readError } from './protocol/readers/read-error.ts'
export { type FlatRequest, readFlatRequest } from './protocol/readers/read-flat-request.ts'
export { readLogprobs } from './protocol/readers/read-logprobs.ts'
export { readModerations, readScores } from './protocol/readers/read-moderations.ts'
export { readRanking } from './protocol/readers/read-ranking.ts'
export { readReasoning } from './protocol/readers/read-reasoning.ts'
export { readToolCalls } from './protocol/readers/read-tool-calls.ts'
export { readToolNames } from './protocol/readers/read-tool-names.ts'
export { readUsage } from './protocol/readers/read-usage.ts'
export {
  type SplitThinking,
  splitThinking,
  type ThinkingSpan
} from './protocol/readers/split-thinking.ts'
export { textsOf } from './protocol/readers/text-of.ts'
export { workerModule } from './protocol/worker-module.ts'
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
export { type Finish, finishOf } from './record/finish.ts'
export { type Later, readNow } from './record/later.ts'
export { endedByError, endedBySignal, typeOfError } from './record/outcome.ts'
export type { EndedBy, ModelIdentity, Outcome, ReasoningMarkers } from './record/record.ts'
export { guard } from './runtime/guard.ts'
export type { StoreChannel } from './runtime/platform.ts'
export { CutBody } from './streams/request-body.ts'
export { type TapObserver, tapIterable, tapIterator } from './streams/tap-iterator.ts'
export { type NodeStream, tapNodeStream } from './streams/tap-node-stream.ts'
export { tapReadable } from './streams/tap-stream.ts'
export type { AnswerFacts } from './wire/deferred-reading.ts'
export { withRest } from './wire/left-over.ts'
