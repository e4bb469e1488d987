import { type Cipheriv, createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { ALIGNMENT } from './frame-format.ts'

/** What a spool is encrypted with. */
export interface SpoolKey {
  /** 32 random bytes, from which the key of each segment follows. Known in memory alone. */
  readonly secret: Uint8Array
  /**
   * The secret as those who may read the log can open it. It stands beside the segments, for whoever takes
   * them in once their owner is gone; see `Evidence.openSpoolKey`.
   */
  readonly wrapped: Uint8Array
}

const ALGORITHM = 'aes-256-ctr'
const KEY_BYTES = 32

/** What tells the key of a segment from those of the others. */
export function newKeySalt(): Uint8Array {
  return randomBytes(KEY_BYTES)
}

/** The key of a segment: HKDF with SHA-256 of the spool's secret and the segment's salt. */
export function segmentKey(secret: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, 'slm-audit spool segment', KEY_BYTES))
}

/**
 * Encrypts what is written at places of a segment, by AES-256 in counter mode, with the place as the
 * counter: it hides what the frames say. It does not show changes; authenticity begins with the
 * evidence. A place must never be written twice with different bytes.
 */
export class SegmentCipher {
  readonly #key: Uint8Array
  #cipher: Cipheriv | undefined
  #at = -1

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** Encrypts bytes for a place, which must be a multiple of 16. */
  encrypt(bytes: Uint8Array, at: number): Uint8Array {
    if (!this.#cipher || this.#at !== at) {
      this.#cipher = createCipheriv(ALGORITHM, this.#key, counter(at))
    }
    this.#at = at + bytes.length
    return this.#cipher.update(bytes)
  }
}

/** Decrypts bytes that stand at a place, which must be a multiple of 16. */
export function decrypt(key: Uint8Array, bytes: Uint8Array, at: number): Buffer {
  return createDecipheriv(ALGORITHM, key, counter(at)).update(bytes)
}

function counter(at: number): Buffer {
  const block = Buffer.alloc(16)
  block.writeUInt32BE(at / ALIGNMENT, 12)
  return block
}
