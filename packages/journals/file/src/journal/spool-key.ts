import { randomBytes } from 'node:crypto'
import { AuditError } from '@slm-audit/core/journal'
import type { SpoolKey } from '@slm-audit/core/node'
import { decrypterFor, encrypterFor } from '../format/age.ts'

const SECRET_BYTES = 32

/** Encrypts the spools of a log to its recipients; `undefined` without any. Rejects with AuditError `bad_key`. */
export async function newSpoolKey(recipients: readonly string[]): Promise<SpoolKey | undefined> {
  const encrypt = await encrypterFor(recipients)
  if (!encrypt) return undefined
  const secret = new Uint8Array(randomBytes(SECRET_BYTES))
  return { secret, wrapped: await encrypt(secret) }
}

/**
 * Opens the key of a spool that a dead process left. Rejects with AuditError `bad_key` where no identity fits,
 * and without recipients: what was encrypted would get into the log in plain.
 */
export async function openSpoolKey(
  wrapped: Uint8Array,
  identities: readonly string[],
  recipients: readonly string[]
): Promise<Uint8Array> {
  if (recipients.length === 0) {
    const message =
      'it is encrypted; open the log with its recipients and an identity of one of them'
    throw new AuditError('bad_key', message)
  }
  const decrypt = await decrypterFor(identities)
  return await decrypt(wrapped)
}
