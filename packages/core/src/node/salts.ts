import { randomFillSync } from 'node:crypto'
import { SALT_BYTES } from '../journal/seal.ts'

const POOL_BYTES = SALT_BYTES * 256

/** Salts from a pool of random bytes: one call of the random generator for many. */
export function newSaltSource(): () => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES)
  let at = POOL_BYTES
  return () => {
    if (at === POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    at += SALT_BYTES
    return pool.slice(at - SALT_BYTES, at)
  }
}
