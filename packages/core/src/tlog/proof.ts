import { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import { HASH_BYTES, nodeHash, type ReadHash, rangeHash, sameBytes, splitOf } from './tree.ts'

/** The audit path of leaf `index` in a tree of `size` leaves, RFC 6962 section 2.1.1. */
export function inclusionProof(index: number, size: number, read: ReadHash, hash?: Hash) {
  checkRange(index < size, `there is no leaf ${index} in a tree of ${size}`, index, size)
  return pathOf(index, 0, size, read, hash)
}

function pathOf(
  index: number,
  start: number,
  end: number,
  read: ReadHash,
  hash?: Hash
): Uint8Array[] {
  if (end - start === 1) return []
  const middle = start + splitOf(end - start)
  return index < middle
    ? [...pathOf(index, start, middle, read, hash), rangeHash(middle, end, read, hash)]
    : [...pathOf(index, middle, end, read, hash), rangeHash(start, middle, read, hash)]
}

/**
 * The proof that a tree of `first` leaves is a beginning of the tree of `second`, RFC 6962 section
 * 2.1.2. Empty when `first` is 0 or equal to `second`.
 */
export function consistencyProof(first: number, second: number, read: ReadHash, hash?: Hash) {
  checkRange(first <= second, `a tree of ${second} does not contain ${first}`, first, second)
  if (first === 0 || first === second) return []
  return subproof(first, 0, second, true, read, hash)
}

function subproof(
  first: number,
  start: number,
  end: number,
  isWhole: boolean,
  read: ReadHash,
  hash?: Hash
): Uint8Array[] {
  if (first === end) return isWhole ? [] : [rangeHash(start, end, read, hash)]
  const middle = start + splitOf(end - start)
  if (first <= middle) {
    const left = subproof(first, start, middle, isWhole, read, hash)
    return [...left, rangeHash(middle, end, read, hash)]
  }
  const right = subproof(first, middle, end, false, read, hash)
  return [...right, rangeHash(start, middle, read, hash)]
}

/**
 * The root that an audit path leads to, RFC 9162 section 2.1.3.2. Throws AuditError `bad_proof`
 * for a path that no tree of that size has.
 */
export function rootFromInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
  hash?: Hash
): Uint8Array {
  checkRange(index < size, `there is no leaf ${index} in a tree of ${size}`, index, size)
  checkHashes(path)
  let at = index
  let last = size - 1
  let root = leaf
  for (const sibling of path) {
    if (last === 0) throw badProof('the proof is too long')
    if (at % 2 === 1 || at === last) {
      root = nodeHash(sibling, root, hash)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, half(last)]
    } else {
      root = nodeHash(root, sibling, hash)
    }
    at = half(at)
    last = half(last)
  }
  if (last !== 0) throw badProof('the proof is too short')
  return root
}

/** A tree's size and root. */
export interface TreeHead {
  /** How many leaves the tree has. */
  readonly size: number
  /** The root hash, 32 bytes. */
  readonly root: Uint8Array
}

/**
 * Checks that `first` is a beginning of `second`, RFC 9162 section 2.1.4.2. Throws AuditError
 * `bad_proof` when the proof does not show it.
 */
export function checkConsistency(
  first: TreeHead,
  second: TreeHead,
  proof: readonly Uint8Array[],
  hash?: Hash
): void {
  const { size } = first
  checkRange(size <= second.size, 'the first tree is the larger one', size, second.size)
  checkHashes(proof)
  if (size === 0 || size === second.size) {
    if (proof.length > 0) throw badProof('the proof is too long')
    if (size === second.size && !sameBytes(first.root, second.root)) {
      throw badProof(`there are two trees of size ${size} with different roots`)
    }
    return
  }
  const isPowerOfTwo = Number.isInteger(Math.log2(size))
  const [seed, ...path] = isPowerOfTwo ? [first.root, ...proof] : proof
  if (seed === undefined) throw badProof('the proof is too short')
  let at = size - 1
  let last = second.size - 1
  while (at % 2 === 1) [at, last] = [half(at), half(last)]
  let [firstRoot, secondRoot] = [seed, seed]
  for (const sibling of path) {
    if (last === 0) throw badProof('the proof is too long')
    if (at % 2 === 1 || at === last) {
      firstRoot = nodeHash(sibling, firstRoot, hash)
      secondRoot = nodeHash(sibling, secondRoot, hash)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, half(last)]
    } else {
      secondRoot = nodeHash(secondRoot, sibling, hash)
    }
    at = half(at)
    last = half(last)
  }
  if (last !== 0) throw badProof('the proof is too short')
  if (!sameBytes(firstRoot, first.root) || !sameBytes(secondRoot, second.root)) {
    throw badProof(`the tree of ${second.size} does not begin with the tree of ${size}`)
  }
}

function half(value: number): number {
  return Math.floor(value / 2)
}

function checkRange(holds: boolean, problem: string, ...values: readonly number[]): void {
  if (holds && values.every((value) => Number.isSafeInteger(value) && value >= 0)) return
  throw badProof(problem)
}

function checkHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some(({ length }) => length !== HASH_BYTES)) {
    throw badProof(`a hash of the proof does not have ${HASH_BYTES} bytes`)
  }
}

function badProof(problem: string): AuditError {
  return new AuditError('bad_proof', `${problem}; ask the log for a fresh proof`)
}
