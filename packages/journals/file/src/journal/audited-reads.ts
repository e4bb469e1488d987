import { AuditError, READS_AUDITED } from '@slm-audit/core/journal'
import { textsFrom } from './read-directory.ts'

/** What a line shows of the record by which a log says so; texts in contents have other quotes. */
const SAID = `"kind":"${READS_AUDITED}"`

/** Whether a log records who reads it: it says so in a record, which nothing takes back. */
export async function areReadsAudited(directory: string): Promise<boolean> {
  try {
    for await (const { texts } of textsFrom(directory, 0)) {
      if (texts.some((text) => text.includes(SAID))) return true
    }
  } catch (error) {
    // Where a file cannot be read is for verification to say.
    if (!AuditError.is(error)) throw error
  }
  return false
}
