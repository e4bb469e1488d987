import { type Hash, sha256 } from '../base/sha256.ts'

/** Bytes of a hash. */
export const HASH_BYTES = 32

/** The byte before an entry of which the leaf's hash is made. */
export const LEAF_PREFIX = 0

/** The hash of a leaf: H(0x00 ‖ entry), RFC 6962 section 2.1. */
export function leafHash(entry: Uint8Array, hash: Hash = sha256): Uint8Array {
  const prefixed = new Uint8Array(entry.length + 1)
  prefixed[0] = LEAF_PREFIX
  prefixed.set(entry, 1)
  return hash(prefixed)
}

/** The hash of a node: H(0x01 ‖ left ‖ right), RFC 6962 section 2.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Hash = sha256): Uint8Array {
  NODE[0] = 1
  NODE.set(left, 1)
  NODE.set(right, 1 + HASH_BYTES)
  return hash(NODE)
}

/** A node's bytes while they are hashed. */
const NODE = new Uint8Array(1 + 2 * HASH_BYTES)

/** The root of a tree without leaves: H(), RFC 6962 section 2.1. */
export function emptyRoot(hash: Hash = sha256): Uint8Array {
  return hash(new Uint8Array())
}

/** Whether two byte strings are the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false
  return true
}

/** A complete subtree: the hashes of leaves index × 2^level to (index + 1) × 2^level - 1. */
export interface Subtree {
  /** The height of the subtree: it has 2^level leaves. */
  readonly level: number
  /** Its place among the subtrees of that height, from 0. */
  readonly index: number
}

/** Reads the stored hash of a complete subtree. Throws when the store does not have it. */
export type ReadHash = (subtree: Subtree) => Uint8Array

/**
 * The complete subtrees that leaves `start` (a multiple of the largest power of two that is at
 * most the range's length) to `end` fall into, left to right: at most one per bit of the size.
 */
export function completeSubtrees(start: number, end: number): Subtree[] {
  const subtrees: Subtree[] = []
  let at = start
  while (at < end) {
    const level = Math.floor(Math.log2(end - at))
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** The hash over leaves `start` to `end` - 1, which must not be empty. */
export function rangeHash(start: number, end: number, read: ReadHash, hash?: Hash): Uint8Array {
  return foldRight(completeSubtrees(start, end).map(read), hash)
}

/** The root of a tree of `size` leaves, from its stored hashes. */
export function rootOf(size: number, read: ReadHash, hash?: Hash): Uint8Array {
  return size === 0 ? emptyRoot(hash) : rangeHash(0, size, read, hash)
}

/** Joins the hashes of neighbours, smallest (the last) first. */
export function foldRight(hashes: readonly Uint8Array[], hash?: Hash): Uint8Array {
  const last = hashes.at(-1)
  if (last === undefined) return emptyRoot(hash)
  let folded = last
  for (let at = hashes.length - 2; at >= 0; at--) {
    const left = hashes[at]
    if (left) folded = nodeHash(left, folded, hash)
  }
  return folded
}

/** The largest power of two that is less than `size` (at least 2): where RFC 6962 splits a tree. */
export function splitOf(size: number): number {
  let split = 2 ** Math.floor(Math.log2(size))
  if (split === size) split /= 2
  return split
}
