export { canonicalize } from './base/canonical.ts'
export { refuseUnknown } from './base/check-options.ts'
export { AuditError, type AuditErrorCode, messageOf } from './base/error.ts'
export { toHex } from './base/hex.ts'
export { isObject, type Json } from './base/json.ts'
export { checkTls, type TlsOptions } from './base/tls-options.ts'
export { isThisMachine, readWebAddress, refusePlain } from './base/web-address.ts'
export { defineExporter, type ExporterDefinition } from './delivery/define-exporter.ts'
export { encodeWith } from './delivery/encode-with.ts'
export type { Exporter, ExporterEntry, ExporterOptions, ExportResult } from './delivery/exporter.ts'
export { refusesBatch } from './delivery/refuses-batch.ts'
export { decodeSealed, encodeSealed } from './journal/sealed-line.ts'
export { textOf } from './protocol/readers/text-of.ts'
export { asChat } from './read/as-chat.ts'
export { mergeCall } from './read/merge-call.ts'
export { readContent } from './read/read-content.ts'
export type { AuditedCall, ContentValue } from './read/reader.ts'
export type { AuditRecord, Stage } from './record/record.ts'
export {
  parseRecord,
  recordSize,
  type SealedContent,
  type SealedPart,
  type SealedRecord
} from './record/sealed-record.ts'
export { readRetryAfter } from './wire/response-head.ts'
