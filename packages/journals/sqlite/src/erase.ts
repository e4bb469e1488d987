import { realFile } from './driver/real-file.ts'
import { checkErase, type Erased, type EraseOptions, eraseStored } from './erase/erase-stored.ts'
import { takeInSpools } from './take-in-spools.ts'

/** What was erased. */
export interface EraseReport extends Erased {
  /**
   * Spools of processes that were killed which could not be taken into the log: they may hold more, and
   * come into it once the application opens it.
   */
  readonly spoolsLeft: number
}

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
