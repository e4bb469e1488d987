import { resolve } from 'node:path'
import { checkErase, type EraseOptions, type EraseReport } from '@slm-audit/core/journal'
import { decrypterFor } from './format/age.ts'
import { closedOf } from './journal/read-directory.ts'
import { takeInSpools } from './take-in-spools.ts'
import { type AdminKeys, administer } from './upkeep/administer.ts'
import { eraseStored, rehearseErasure } from './upkeep/erase-stored.ts'

/** What is erased from a log in files, and who wants it, why. */
export type FileEraseOptions = EraseOptions & AdminKeys

/**
 * Erases contents of a log in files for good: closed files that have something of them are written anew, compressed and
 * encrypted as they are, without their bytes and salts. Headers, commitments and every proof stay, and records say what is
 * gone. What killed processes left is taken in first. Applications may go on writing the log. A process that is killed
 * meanwhile leaves the rest to whoever opens the log next.
 *
 * Rejects with AuditError `bad_option` for an empty scope or a reason that is missing, `bad_key` for a key that is not the
 * log's, or without an identity where the log is encrypted, and as opening a log does.
 */
export async function eraseContents(path: string, options: FileEraseOptions): Promise<EraseReport> {
  const { identities = [], recipients = [], ...rest } = options
  checkErase(rest)
  const directory = resolve(path)
  closedOf(directory)
  const { scope, dryRun = false } = rest
  if (dryRun) {
    const decrypt = await decrypterFor(identities)
    return { ...(await rehearseErasure({ directory, decrypt }, scope)), spoolsLeft: 0 }
  }
  const spoolsLeft = await takeInSpools(directory)
  const erased = await administer(directory, rest, { identities, recipients }, (files) =>
    eraseStored(files, rest)
  )
  return { ...erased, spoolsLeft }
}
