import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  randomFillSync
} from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AuditError, messageOf } from '../base/error.ts'

const BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const ALGORITHM = 'aes-256-gcm'
/** The beginning of what `wrapKey` gives. */
const WORD = Buffer.from('SLMPOLICY1')

/**
 * The secret of a log whose policy redacts: pseudonyms are made with it, and its spools are encrypted with it. It is a
 * file of its own beside the spools, readable by its owner alone, so that a copy of the log does without. Made where
 * it is missing. Throws AuditError `journal_unavailable`.
 *
 * @param root The folder of the spools.
 */
export function logSecret(root: string): Uint8Array {
  const path = `${root}.secret`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${randomBytes(BYTES).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  } catch {
    // It is there already, or reading it says what is wrong.
  }
  try {
    const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex')
    if (secret.length === BYTES) return new Uint8Array(secret)
    throw new Error(`it has ${secret.length} bytes in place of ${BYTES}`)
  } catch (cause) {
    const message = `the log's secret ${path} cannot be used: ${messageOf(cause)}; put it back from a copy, or move it away for a new one`
    throw new AuditError('journal_unavailable', message, { cause })
  }
}

/** What pseudonyms and digests are made with. */
export function pseudonymSecret(secret: Uint8Array): Uint8Array {
  return derived(secret, 'slm-audit pseudonyms')
}

/** What the names of subjects are hashed with in the table of data keys. */
export function subjectSecret(secret: Uint8Array): Uint8Array {
  return derived(secret, 'slm-audit subjects')
}

/** A key, encrypted with a log's secret. */
export function wrapKey(secret: Uint8Array, key: Uint8Array): Uint8Array {
  const nonce = randomFillSync(Buffer.alloc(NONCE_BYTES))
  const cipher = createCipheriv(ALGORITHM, derived(secret, 'slm-audit spool key'), nonce)
  const body = Buffer.concat([cipher.update(key), cipher.final()])
  return Buffer.concat([WORD, nonce, body, cipher.getAuthTag()])
}

/** Whether a key was encrypted with a log's secret. */
export function isWrapped(wrapped: Uint8Array): boolean {
  return Buffer.from(wrapped).subarray(0, WORD.length).equals(WORD)
}

/** The key that `wrapKey` encrypted. Throws AuditError `bad_key` for another secret. */
export function unwrapKey(secret: Uint8Array, wrapped: Uint8Array): Uint8Array {
  try {
    const bytes = Buffer.from(wrapped).subarray(WORD.length)
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv(ALGORITHM, derived(secret, 'slm-audit spool key'), nonce)
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
    return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]))
  } catch (cause) {
    const message = 'it is encrypted with another secret of the log; put back the file .secret'
    throw new AuditError('bad_key', message, { cause })
  }
}

function derived(secret: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), use, BYTES))
}
