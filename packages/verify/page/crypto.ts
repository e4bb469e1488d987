// What the verifier takes of node:crypto, for browsers.
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { Buffer } from 'buffer'

/** SHA-256, and nothing else. */
export function createHash(_algorithm: 'sha256') {
  const hash = sha256.create()
  return {
    update(part: Uint8Array | string) {
      hash.update(typeof part === 'string' ? new TextEncoder().encode(part) : part)
    },
    digest: () => Buffer.from(hash.digest())
  }
}

/** The 32 bytes of an Ed25519 key, which are the last ones of its DER. */
export function createPublicKey({ key }: { readonly key: Uint8Array }): Uint8Array {
  return key.subarray(-32)
}

/** Whether an Ed25519 signature is right, by RFC 8032 to the letter. */
export function verify(
  _algorithm: null,
  message: Uint8Array,
  key: Uint8Array,
  signature: Uint8Array
): boolean {
  try {
    return ed25519.verify(Uint8Array.from(signature), Uint8Array.from(message), key, {
      zip215: false
    })
  } catch {
    // Bytes that are no point of the curve.
    return false
  }
}
