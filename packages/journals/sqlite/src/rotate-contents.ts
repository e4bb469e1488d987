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
  type RewrappedKey,
  type RotationReport,
  rewrapKeys
} from '@slm-audit/core/subjects'
import { administer } from './keys/administer.ts'
import { keysBehind, replaceWrapped } from './store/contents/key-rows.ts'
import { emptyLog } from './store/empty-log.ts'
import { openForReading } from './store/open-database.ts'
import { originOf } from './store/schema.ts'
import { rowOf } from './store/writer.ts'

/** Who rotates. */
export interface RotationOptions extends AdminSigning {
  /** Where the keys are that data keys are wrapped with; the one in use, and those that were. */
  readonly keys: KeyProviderSource
  /** Who asks for it; the name of the operating system's user unless given. */
  readonly by?: string
}

/**
 * Wraps all data keys of a log with the wrapping key that its provider uses now. Contents, commitments and proofs
 * stay as they are; applications may go on writing. Each key is replaced by itself, once it is known that the provider
 * opens the new form: killed in the middle, all of them can be read, and another run finishes. A record says so.
 *
 * Rejects with AuditError `bad_key` for a key that the provider does not open, and where it does not answer: those before
 * are wrapped anew.
 */
export async function rotateContentsKeys(
  path: string,
  { keys, by = userName(), ...signing }: RotationOptions
): Promise<RotationReport> {
  checkKeyProvider(keys)
  const provider = checkedProvider(isKeyProvider(keys) ? keys : localKeyProvider(keys))
  return await administer(realFile(path), signing, async ({ database, writer }) => {
    database.pragma('secure_delete = ON')
    const store = {
      origin: originOf(database),
      keysBehind: (id: number) => keysBehind(database, id),
      replaceWrapped: (rewrapped: readonly RewrappedKey[]) => replaceWrapped(database, rewrapped)
    }
    const report = await rewrapKeys(store, provider)
    if (report.rewrapped > 0) {
      const who = { name: 'by', type: 'text/plain', body: by.toWellFormed() }
      const done = pendingEvent('contents.rewrapped', { keys: report.rewrapped }, [who])
      writer.append([rowOf(done)])
    }
    emptyLog(database)
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
  signing: Omit<RotationOptions, 'keys'> = {}
): Promise<RotationReport> {
  // The file that a link leads to, so that whoever reads it by its own name has the new key as well.
  const keys = { file: realFile(keyFile) }
  const [first] = readWrappingKeys(keys)
  if (!(await hasOther(path, first?.id))) await addWrappingKey(keys.file)
  return await rotateContentsKeys(path, { ...signing, keys })
}

/** Whether some data keys of a log are wrapped with another key. */
async function hasOther(path: string, id: string | undefined): Promise<boolean> {
  const database = openForReading(realFile(path))
  try {
    return await hasOtherKeys({ keysBehind: (last) => keysBehind(database, last) }, id)
  } finally {
    database.close()
  }
}
