import { FakeListChatModel } from '@langchain/core/utils/testing'
import type { AuditLog } from '@slm-audit/core'
import type { AdapterBench, Use } from '@slm-audit/testing/bench'
import { auditHandler } from '../src/index.ts'

const use = (log?: AuditLog): Use => {
  const model = new FakeListChatModel({ responses: ['Rain in Rome and snow in Oslo, as always.'] })
  const callbacks = log ? [auditHandler(log)] : []
  return {
    call: () => model.invoke('Weather in Rome and Oslo?', { callbacks }),
    stream: () => model.stream('Weather in Rome and Oslo?', { callbacks })
  }
}

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  { name: 'langchain', bare: () => use(), wrapped: use }
]
