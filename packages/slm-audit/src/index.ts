export type {
  Anchor,
  AuditContext,
  AuditErrorCode,
  AuditedCall,
  AuditLog,
  AuditRecord,
  CallFilter,
  CallRequest,
  CallResponse,
  CallSummary,
  Exporter,
  ExporterDefinition,
  ExporterEntry,
  ExporterOptions,
  ExporterStatus,
  ExportResult,
  Journal,
  MethodProtocol,
  Mode,
  OpenCall,
  Page,
  PageRequest,
  Protocol,
  Reader,
  SealedRecord,
  VerifyReport
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
export { fileAnchor } from '@slm-audit/core/node'
export type { Signer } from '@slm-audit/core/tlog'
export {
  type CheckpointSchedule,
  type Durability,
  type KeySource,
  openReader
} from '@slm-audit/sqlite'
export * from './create-audit-log.ts'
