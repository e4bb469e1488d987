import { type Cipheriv, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ALIGNMENT } from './frame-format.ts'

/**
 * Who may read a spool. Each segment has a key of its own, which stands in its header as `wrap` gives
 * it. Both may throw; a spool that cannot be unwrapped stays where it is.
 */
export interface SegmentKeys {
  wrap(key: Uint8Array): Uint8Array
  unwrap(wrapped: Uint8Array): Uint8Array
}

const ALGORITHM = 'aes-256-ctr'

/** A new key of a segment. */
export function newSegmentKey(): Uint8Array {
  return randomBytes(32)
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
