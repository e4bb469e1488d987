import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'
import { OVERHEAD_BYTES, SALT_BYTES } from '../../journal/seal.ts'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What a ciphertext is bound to: elsewhere it does not open. */
export type Place =
  | {
      readonly origin: string
      readonly key: string
      readonly auditId: string
      readonly name: string
    }
  | { readonly origin: string; readonly key: string; readonly commitment: Uint8Array }

/** What was encrypted. */
export interface Opened {
  /** Of the commitment. */
  readonly salt: Uint8Array
  /** The content, or the part, itself. */
  readonly body: Uint8Array
}

/**
 * Encrypts a content or a part with its salt, without which nobody can try texts against the commitment: nonce ‖
 * AES-256-GCM(salt ‖ body) ‖ tag. The nonce is random, so one key is good for 2^32 of them.
 */
export function sealBytes(key: KeyObject, { salt, body }: Opened, place: Place): Buffer {
  const nonce = newNonce()
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  cipher.setAAD(boundTo(place))
  return Buffer.concat([
    nonce,
    cipher.update(salt),
    cipher.update(body),
    cipher.final(),
    cipher.getAuthTag()
  ])
}

/** What `sealBytes` encrypted; `undefined` where it is not that, or of another place or key. */
export function openBytes(key: KeyObject, sealed: Uint8Array, place: Place): Opened | undefined {
  if (sealed.length < OVERHEAD_BYTES) return undefined
  const tagAt = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES))
  decipher.setAAD(boundTo(place))
  decipher.setAuthTag(sealed.subarray(tagAt))
  try {
    const bytes = decipher.update(sealed.subarray(NONCE_BYTES, tagAt))
    decipher.final()
    return { salt: bytes.subarray(0, SALT_BYTES), body: bytes.subarray(SALT_BYTES) }
  } catch {
    // Of GCM there is one reason: the tag does not fit.
    return undefined
  }
}

function boundTo(place: Place): Buffer {
  const { origin, key } = place
  const where =
    'auditId' in place
      ? ['content', place.auditId, place.name]
      : ['part', Buffer.from(place.commitment).toString('hex')]
  return Buffer.from(JSON.stringify(['slm-audit content 1', origin, key, ...where]))
}

const pool = Buffer.alloc(NONCE_BYTES * 512)
let used = pool.length

/** Random bytes, many from one call of the generator; a view of the pool, to be used at once. */
function newNonce(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += NONCE_BYTES
  return pool.subarray(used - NONCE_BYTES, used)
}
