export { auditEmbeddingModel } from './audit-embedding-model.ts'
export { type AuditMiddleware, auditMiddleware } from './audit-middleware.ts'
export { type AuditTelemetry, auditTelemetry } from './audit-telemetry.ts'
export { type AuditTracer, auditTracer } from './audit-tracer.ts'
