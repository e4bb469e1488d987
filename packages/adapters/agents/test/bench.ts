import type { AuditLog } from '@slm-audit/core'
import type { AdapterBench, Use } from '@slm-audit/testing/bench'
import { auditTraceProcessor } from '../src/index.ts'
import { AgentsTracing } from './agents-span.ts'

const use = (log?: AuditLog): Use => {
  const tracing = new AgentsTracing()
  if (log) tracing.add(auditTraceProcessor(log, tracing.getCurrentSpan))
  return { call: () => tracing.span({ type: 'agent', name: 'support' }, async () => 'rain') }
}

/** What this adapter adds to a step is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  { name: 'agents', bare: () => use(), wrapped: use }
]
