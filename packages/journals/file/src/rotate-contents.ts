import { resolve } from 'node:path'
import { type AdminSigning, pendingEvent } from '@slm-audit/core/journal'
import {
  checkKeyProvider,
  isKeyProvider,
  type KeyProviderSource,
  localKeyProvider,
  readWrappingKeys,
  realFile,
  userName
} from '@slm-audit/core/node'
import {
  addWrappingKey,
  checkedProvider,
  hasOtherKeys,
  type RotationReport,
  rewrapKeys
} from '@slm-audit/core/subjects'
import { closedOf } from './journal/read-directory.ts'
import { SubjectFile } from './subjects/subject-file.ts'
import { type AdminKeys, administer } from './upkeep/administer.ts'
import { rewrappedFiles } from './upkeep/rewrapped-files.ts'

/** Who rotates the keys of a log in files. */
export interface FileRotationOptions extends AdminSigning, AdminKeys {
  /** Where the keys are that data keys are wrapped with; the one in use, and those that were. */
  readonly keys: KeyProviderSource
  /** Who asks for it; the name of the operating system's user unless given. */
  readonly by?: string
}

/**
 * Wraps all data keys of a log in files with the wrapping key that its provider uses now. Contents, commitments and proofs
 * stay as they are; applications may go on writing. Killed in the middle, all keys can be read, and another run finishes. A
 * record says so.
 *
 * Rejects with AuditError `bad_key` for a key that the provider does not open, and where it does not answer: those before
 * are wrapped anew.
 */
export async function rotateContentsKeys(
  path: string,
  { keys, by = userName(), identities = [], recipients = [], ...signing }: FileRotationOptions
): Promise<RotationReport> {
  checkKeyProvider(keys)
  const provider = checkedProvider(isKeyProvider(keys) ? keys : localKeyProvider(keys))
  return await administer(path, signing, { identities, recipients }, async ({ log }) => {
    const report = await rewrapKeys(rewrappedFiles(log), provider)
    if (report.rewrapped > 0) {
      const who = { name: 'by', type: 'text/plain', body: by.toWellFormed() }
      await log.append([pendingEvent('contents.rewrapped', { keys: report.rewrapped }, [who])])
    }
    return report
  })
}

/**
 * `rotateContentsKeys` with a new wrapping key at the head of a file; the keys that are in it stay, as copies of the
 * log need them. Where the last rotation did not come to its end, it is finished with the key that it made.
 */
export async function rotateContentsKeyFile(
  path: string,
  keyFile: string,
  options: Omit<FileRotationOptions, 'keys'> = {}
): Promise<RotationReport> {
  const directory = resolve(path)
  closedOf(directory)
  // The file that a link leads to, so that whoever reads it by its own name has the new key as well.
  const keys = { file: realFile(keyFile) }
  const [first] = readWrappingKeys(keys)
  const subjects = new SubjectFile(directory)
  subjects.refresh()
  const isNew = !(await hasOtherKeys({ keysBehind: (id) => subjects.keysBehind(id) }, first?.id))
  if (isNew) await addWrappingKey(keys.file)
  return await rotateContentsKeys(directory, { ...options, keys })
}
