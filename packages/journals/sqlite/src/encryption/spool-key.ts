import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AuditError } from '@slm-audit/core/journal'
import type { SpoolKey } from '@slm-audit/core/node'
import { databaseKeyOf } from '../driver/database-key.ts'

const ALGORITHM = 'aes-256-gcm'
const SECRET_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * What the spool of an encrypted log is encrypted with: a secret of its own, which the key of the
 * database opens (nonce, tag, AES-256-GCM). `undefined` for a log that is not encrypted.
 */
export function newSpoolKey(file: string): SpoolKey | undefined {
  const key = databaseKeyOf(file)
  if (!key) return undefined
  const secret = new Uint8Array(randomBytes(SECRET_BYTES))
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  const encrypted = Buffer.concat([cipher.update(secret), cipher.final()])
  return { secret, wrapped: Buffer.concat([nonce, cipher.getAuthTag(), encrypted]) }
}

/**
 * Opens the secret of a spool that a dead process left. Throws AuditError `bad_key` where the database has
 * another key by now, or none.
 */
export function openSpoolKey(file: string, wrapped: Uint8Array): Uint8Array {
  const key = databaseKeyOf(file)
  if (!key) {
    throw new AuditError('bad_key', `it is encrypted, and ${file} is not; open it with its old key`)
  }
  try {
    const tagEnd = NONCE_BYTES + TAG_BYTES
    const decipher = createDecipheriv(ALGORITHM, key, wrapped.subarray(0, NONCE_BYTES))
    decipher.setAuthTag(wrapped.subarray(NONCE_BYTES, tagEnd))
    return Buffer.concat([decipher.update(wrapped.subarray(tagEnd)), decipher.final()])
  } catch (cause) {
    const message = `it was encrypted with another key than ${file} has now`
    throw new AuditError('bad_key', message, { cause })
  }
}
