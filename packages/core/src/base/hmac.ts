import { joinBytes } from './bytes.ts'
import type { Hash } from './sha256.ts'

const BLOCK = 64

/** HMAC (RFC 2104) with SHA-256: 32 bytes. */
export function hmac(hash: Hash, key: Uint8Array, data: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK)
  block.set(key.length > BLOCK ? hash(key) : key)
  const inner = block.map((byte) => byte ^ 0x36)
  const outer = block.map((byte) => byte ^ 0x5c)
  return hash(joinBytes([outer, hash(joinBytes([inner, data]))]))
}
