import { realpathSync } from 'node:fs'
import { type AdminSigning, pendingEvent } from '@slm-audit/core/journal'
import {
  checkKeyProvider,
  isKeyProvider,
  type KeyProviderSource,
  localKeyProvider,
  readWrappingKeys,
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
import type { Connection } from './connection/connection.ts'
import type { PlaceOptions } from './connection/connection-options.ts'
import { keysBehind, replaceWrapped } from './store/contents/key-rows.ts'
import { originOf } from './store/schema.ts'
import { administerSteps } from './upkeep/administer.ts'

/** Who rotates. */
export interface RotationOptions extends AdminSigning {
  /** Where the keys are that data keys are wrapped with; the one in use, and those that were. */
  readonly keys: KeyProviderSource
  /** Who asks for it; the name of the operating system's user unless given. */
  readonly by?: string
}

/**
 * Wraps all data keys of a log with the wrapping key that its provider uses now. Contents, commitments and proofs stay as they
 * are; applications may go on writing, and nobody waits for the provider. Each key is replaced by itself, once it is known that
 * the provider opens the new form: cut off in the middle, all of them can be read, and another run finishes. A record says so.
 *
 * Rejects with AuditError `bad_key` for a key that the provider does not open, and where it does not answer: those before
 * are wrapped anew; `journal_failed` for a user of the server without the role of an admin.
 */
export async function rotatePostgresKeys(
  place: PlaceOptions,
  { keys, by = userName(), ...signing }: RotationOptions
): Promise<RotationReport> {
  checkKeyProvider(keys)
  const provider = checkedProvider(isKeyProvider(keys) ? keys : localKeyProvider(keys))
  return await administerSteps(place, signing, async (connection, transact) => {
    const store = {
      origin: await originOf(connection),
      ...keysIn(connection),
      replaceWrapped: (rewrapped: readonly RewrappedKey[]) => replaceWrapped(connection, rewrapped)
    }
    const report = await rewrapKeys(store, provider)
    if (report.rewrapped === 0) return report
    const who = { name: 'by', type: 'text/plain', body: by.toWellFormed() }
    const pending = [pendingEvent('contents.rewrapped', { keys: report.rewrapped }, [who])]
    await transact(({ writer, size }) => writer.appendNow(connection, size, [{ pending }]))
    return report
  })
}

/**
 * `rotatePostgresKeys` with a new wrapping key at the head of a file; the keys that are in it stay, as copies of the log need
 * them. Where the last rotation did not come to its end, it is finished with the key that it made.
 */
export async function rotatePostgresKeyFile(
  place: PlaceOptions,
  keyFile: string,
  options: Omit<RotationOptions, 'keys'> = {}
): Promise<RotationReport> {
  // The file that a link leads to, so that whoever reads it by its own name has the new key as well.
  const keys = { file: realpathSync(keyFile) }
  const [first] = readWrappingKeys(keys)
  const isHalfDone = await administerSteps(place, {}, (connection) =>
    hasOtherKeys(keysIn(connection), first?.id)
  )
  if (!isHalfDone) await addWrappingKey(keys.file)
  return await rotatePostgresKeys(place, { ...options, keys })
}

function keysIn(connection: Connection) {
  return { keysBehind: (id: number) => keysBehind(connection, id) }
}
