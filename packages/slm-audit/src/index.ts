export type {
  Anchor,
  AuditContext,
  AuditErrorCode,
  AuditLog,
  AuditRecord,
  CallRequest,
  CallResponse,
  CommonLogOptions,
  Exporter,
  ExporterDefinition,
  ExporterEntry,
  ExporterOptions,
  ExportResult,
  Journal,
  MethodProtocol,
  Mode,
  OpenCall,
  PolicyDocument,
  Protocol,
  SealedRecord
} from '@slm-audit/core'
export {
  AuditError,
  defineExporter,
  memoryJournal,
  otlpAnchor,
  webhookAnchor,
  witnessAnchor,
  wrapFetch,
  wrapMethod
} from '@slm-audit/core'
export { fileAnchor, processSigner } from '@slm-audit/core/node'
export type {
  AuditedCall,
  CallFilter,
  CallSummary,
  ExporterStatus,
  Page,
  PageRequest,
  Reader,
  VerifyReport
} from '@slm-audit/core/reader'
export type { Signer } from '@slm-audit/core/tlog'
export {
  type Admin,
  type CheckpointSchedule,
  type Durability,
  type KeyProvider,
  type KeySource,
  openAdmin,
  openReader
} from '@slm-audit/sqlite'
export * from './base/default-file.ts'
export * from './create-audit-log.ts'
