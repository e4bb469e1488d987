import type { SealedRecord } from '@slm-audit/core'
import { chat, newLog } from './helpers.ts'

export type { SealedRecord } from '@slm-audit/core'
export { checkRecord } from '@slm-audit/core/reader'

/** The records of one call with this input. */
export async function sealedRecordsOf(input: string): Promise<[SealedRecord, SealedRecord]> {
  const { log, journal } = newLog()
  await log.record({ ...chat, input }, async () => 'answer')
  await log.close()
  const [received, terminal] = journal.records
  if (!received || !terminal) throw new Error('two records were expected')
  return [received, terminal]
}
