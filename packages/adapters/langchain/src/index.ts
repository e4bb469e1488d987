export { type AuditHandler, auditHandler } from './audit-handler.ts'
