import { resolve } from 'node:path'
import type { RedactOptions, RedactReport } from '@slm-audit/core/journal'
import { checkRedaction } from '@slm-audit/core/policy'
import { decrypterFor } from './format/age.ts'
import { closedOf } from './journal/read-directory.ts'
import { takeInSpools } from './take-in-spools.ts'
import { type AdminKeys, administer } from './upkeep/administer.ts'
import { redactStored, rehearseRedaction } from './upkeep/redact-stored.ts'

/** What is looked for in the stored contents of a log in files, and who wants it, why. */
export type FileRedactOptions = RedactOptions & AdminKeys

/**
 * Redacts contents of a log in files that are stored already, by a rule that came too late: what they become is stored as the
 * record `contents.redacted`, with commitments of its own, and what they were is erased as by `eraseContents`. Readers show the
 * one in place of the other; headers and all proofs stay as they are. Applications may go on writing the log. A process that
 * is killed meanwhile leaves the rest to whoever opens the log next.
 *
 * Rejects with AuditError `bad_option` for a rule that looks for nothing or a reason that is missing, and where contents are
 * encrypted by data subject, `bad_policy` for a rule that is none, `bad_key` for a key that is not the log's, or without an
 * identity where the log is encrypted, and as opening a log does.
 */
export async function redactContents(
  path: string,
  options: FileRedactOptions
): Promise<RedactReport> {
  const { identities = [], recipients = [], ...rest } = options
  checkRedaction(rest)
  const directory = resolve(path)
  closedOf(directory)
  if (rest.dryRun) {
    const decrypt = await decrypterFor(identities)
    return { ...(await rehearseRedaction({ directory, decrypt }, rest)), spoolsLeft: 0 }
  }
  const spoolsLeft = await takeInSpools(directory)
  const redacted = await administer(directory, rest, { identities, recipients }, (files) =>
    redactStored(files, rest)
  )
  return { ...redacted, spoolsLeft }
}
