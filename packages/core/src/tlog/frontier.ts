import type { Hash } from './sha256.ts'
import { completeSubtrees, foldRight, nodeHash, type ReadHash } from './tree.ts'

/** Hears of each subtree that an append completes, leaves included, smallest first. */
export type OnComplete = (level: number, hash: Uint8Array) => void

/**
 * The right edge of a growing tree: the hashes of its complete subtrees, one per bit of its size.
 * Appending costs one hash on average and the root at most one per level; neither reads a store.
 */
export class Frontier {
  readonly #hash: Hash | undefined
  /** By level; what is set corresponds to the bits of the size. */
  readonly #edge: (Uint8Array | undefined)[] = []
  #size = 0

  constructor(hash?: Hash) {
    this.#hash = hash
  }

  /** The edge of a stored tree of `size` leaves. */
  static load(size: number, read: ReadHash, hash?: Hash): Frontier {
    const frontier = new Frontier(hash)
    for (const subtree of completeSubtrees(0, size)) frontier.#edge[subtree.level] = read(subtree)
    frontier.#size = size
    return frontier
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size
  }

  /** Appends the hash of the next leaf. */
  append(leaf: Uint8Array, onComplete?: OnComplete): void {
    let complete = leaf
    let level = 0
    onComplete?.(0, complete)
    for (;;) {
      const left = this.#edge[level]
      if (left === undefined) break
      this.#edge[level] = undefined
      complete = nodeHash(left, complete, this.#hash)
      level++
      onComplete?.(level, complete)
    }
    this.#edge[level] = complete
    this.#size++
  }

  /** The root of the tree so far. */
  root(): Uint8Array {
    const hashes = this.#edge.filter((found) => found !== undefined)
    return foldRight(hashes.reverse(), this.#hash)
  }
}
