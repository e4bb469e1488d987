import { type Hash, sha256 } from './sha256.ts'

/** The hash of a leaf: H(0x00 ‖ entry), RFC 6962 section 2.1. */
export function leafHash(entry: Uint8Array, hash: Hash = sha256): Uint8Array {
  const prefixed = new Uint8Array(entry.length + 1)
  prefixed.set(entry, 1)
  return hash(prefixed)
}
