export type {
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
export { AuditError, memoryJournal, wrapFetch, wrapMethod } from '@slm-audit/core'
export { type Durability, openReader } from '@slm-audit/sqlite'
export * from './create-audit-log.ts'
