export { AuditError, type AuditErrorCode } from './base/error.ts'
export type { Json } from './base/json.ts'
export type { ExporterState, SetAside } from './journal/cursors.ts'
export { commit, SALT_BYTES } from './journal/seal.ts'
export { decodeSealed } from './journal/sealed-line.ts'
export { textOf } from './protocol/readers/text-of.ts'
export { asChat } from './read/as-chat.ts'
export { mergeCall } from './read/merge-call.ts'
export { readContent } from './read/read-content.ts'
export { type Clock, readTime } from './read/read-time.ts'
export type {
  AbsentContent,
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
export type { VerifyOptions, VerifyReport } from './verify/report.ts'
