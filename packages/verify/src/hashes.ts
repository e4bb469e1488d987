import { createHash } from 'node:crypto'

/** SHA-256 of the parts, one after the other. */
export function digest(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** RFC 6962 section 2.1: the hash of an entry. */
export function leafOf(entry: Uint8Array): Buffer {
  return digest('\u0000', entry)
}

/** RFC 6962 section 2.1: the hash of two subtrees side by side. */
export function nodeOf(left: Uint8Array, right: Uint8Array): Buffer {
  return digest('\u0001', left, right)
}

/** The root over hashes that stand side by side, by the definition of RFC 6962 section 2.1. */
export function rootOf(hashes: readonly Uint8Array[], from = 0, to = hashes.length): Uint8Array {
  if (to === from) return digest()
  const only = hashes[from]
  if (to - from === 1 && only) return only
  let half = 1
  while (half * 2 < to - from) half *= 2
  return nodeOf(rootOf(hashes, from, from + half), rootOf(hashes, from + half, to))
}
