import {
  createAuditLog,
  type Draft,
  type Journal,
  memoryJournal,
  type SealedRecord
} from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'

/** Drafts as a log makes them: two of each call, with `input` and `output` as contents. */
export async function draftsOf(inputs: readonly unknown[]): Promise<Draft[]> {
  const drafts: Draft[] = []
  const inner = memoryJournal()
  const journal: Journal = {
    ...inner,
    async append(batch) {
      drafts.push(...batch)
    }
  }
  const log = createAuditLog({ journal, platform: nodePlatform() })
  for (const input of inputs) {
    await log.record({ operation: 'chat', provider: 'test', input }, async () => ({ to: input }))
  }
  await log.close()
  return drafts
}

/** Sealed records 0 to `count` - 1, as a journal reads them. */
export async function sealedRecords(count: number): Promise<readonly SealedRecord[]> {
  const journal = memoryJournal({ origin: 'test' })
  const inputs = Array.from({ length: Math.ceil(count / 2) }, (_, index) => `question ${index}`)
  await journal.append((await draftsOf(inputs)).slice(0, count))
  return journal.records
}
