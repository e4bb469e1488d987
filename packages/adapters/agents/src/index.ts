export {
  type ActiveTrace,
  type AuditGenkitProcessor,
  auditGenkitProcessor
} from './audit-genkit-processor.ts'
export {
  type AuditMastraBridge,
  auditMastraBridge,
  type MastraSpanOptions,
  type MastraTracingEvent
} from './audit-mastra-bridge.ts'
export {
  type AgentsTrace,
  type AuditTraceProcessor,
  auditTraceProcessor
} from './audit-trace-processor.ts'
export type { AgentsSpan } from './read-agents-span.ts'
export type { GenkitSpan } from './read-genkit-span.ts'
export type { MastraSpan } from './read-mastra-span.ts'
