import type { RedactOptions, RedactReport } from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import { checkRedaction } from '@slm-audit/core/policy'
import { redactStored } from './erase/redact-stored.ts'
import { spoolsOf } from './store/spool-places.ts'
import { takeInSpools } from './take-in-spools.ts'

/**
 * Redacts contents that are stored already, by a rule that came too late: what they become is stored as the record
 * `contents.redacted`, with commitments of its own, and what they were is erased as by `eraseContents`. Readers show the
 * one in place of the other; headers and all proofs stay as they are. Applications may go on writing the log. A
 * process that is killed meanwhile leaves the rest to whoever opens the log next.
 *
 * Rejects with AuditError `bad_option` for a rule that looks for nothing or a reason that is missing, `bad_policy` for a rule
 * that is none, `bad_key` for a key that is not the log's, and as opening a log does.
 */
export async function redactContents(path: string, options: RedactOptions): Promise<RedactReport> {
  checkRedaction(options)
  const file = realFile(path)
  const spoolsLeft = await takeInSpools(file)
  return { ...(await redactStored(file, spoolsOf(file), options)), spoolsLeft }
}
