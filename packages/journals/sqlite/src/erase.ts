import { checkErase, type EraseOptions, type EraseReport } from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import { eraseStored } from './erase/erase-stored.ts'
import { takeInSpools } from './take-in-spools.ts'

/**
 * Erases contents for good: their bytes and salts, and what the index has of them. Headers, commitments
 * and every proof stay, and a record says what is gone. What killed processes left is taken in first.
 * Applications may go on writing the log. A process that is killed meanwhile leaves the rest to whoever
 * opens the log next.
 *
 * Rejects with AuditError `bad_option` for an empty scope or a reason that is missing, `bad_key` for a
 * key that is not the log's, and as opening a log does.
 */
export async function eraseContents(path: string, options: EraseOptions): Promise<EraseReport> {
  checkErase(options)
  const file = realFile(path)
  const spoolsLeft = await takeInSpools(file)
  return { ...(await eraseStored(file, options)), spoolsLeft }
}
