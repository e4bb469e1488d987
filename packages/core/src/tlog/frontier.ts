import type { Hash } from '../base/sha256.ts'
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

  /** Appends the hash of the next leaf, or of a complete subtree that begins where the tree ends. */
  append(hash: Uint8Array, onComplete?: OnComplete, ofLevel = 0): void {
    let complete = hash
    let level = ofLevel
    onComplete?.(level, complete)
    for (;;) {
      const left = this.#edge[level]
      if (left === undefined) break
      this.#edge[level] = undefined
      complete = nodeHash(left, complete, this.#hash)
      level++
      onComplete?.(level, complete)
    }
    this.#edge[level] = complete
    this.#size += 2 ** ofLevel
  }

  /** Another one that grows by itself. */
  clone(): Frontier {
    const copy = new Frontier(this.#hash)
    copy.#edge.push(...this.#edge)
    copy.#size = this.#size
    return copy
  }

  /** The root of the tree so far. */
  root(): Uint8Array {
    const hashes = this.#edge.filter((found) => found !== undefined)
    return foldRight(hashes.reverse(), this.#hash)
  }
}
