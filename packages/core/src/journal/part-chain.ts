import type { Hash } from '../base/sha256.ts'
import { HASH_BYTES } from '../tlog/tree.ts'

/**
 * First byte of what is hashed for a link of a chain. Leaves and nodes of the tree have 0x00 and 0x01
 * (RFC 6962), so that none of the three can be taken for another.
 */
const CHAIN_PREFIX = 2

/** What a chain of parts begins with: 32 bytes of zero. */
const CHAIN_START: Uint8Array = new Uint8Array(HASH_BYTES)

/** Lists that share parts and are remembered: several agents may take turns in one conversation. */
const MOST_RUNS = 4

/** A list, with the heads of its chain: `heads[n]` is that of its first n + 1 parts. */
interface Run<Part> {
  readonly parts: readonly Part[]
  readonly heads: readonly Uint8Array[]
}

/**
 * The heads of the chains over lists of parts. A list that only grows has the chain of the shorter one
 * as its beginning: what was computed for the last lists is used again. A part is known by identity.
 */
export class PartChains<Part extends object> {
  readonly #commitmentOf: (part: Part) => Uint8Array
  readonly #hash: Hash
  #runs: readonly Run<Part>[] = []

  constructor(commitmentOf: (part: Part) => Uint8Array, hash: Hash) {
    this.#commitmentOf = commitmentOf
    this.#hash = hash
  }

  /** The parts that the last lists have in common with one, of which `isSame` knows the parts by place. */
  beginning(isSame: (part: Part, place: number) => boolean): readonly Part[] {
    const { run, same } = this.#longest(isSame)
    return run?.parts.slice(0, same) ?? []
  }

  /** The commitment to a list of at least one part. */
  head(parts: readonly Part[]): Uint8Array {
    const { run, same } = this.#longest((part, place) => part === parts[place])
    const heads = run ? run.heads.slice(0, same) : []
    let head = heads.at(-1) ?? CHAIN_START
    for (const part of parts.slice(same)) {
      head = chainHead(head, this.#commitmentOf(part), this.#hash)
      heads.push(head)
    }
    // A list that has no more than its beginning in common is another one beside it.
    const isNext = run !== undefined && (same === run.parts.length || same * 2 > parts.length)
    const others = isNext ? this.#runs.filter((each) => each !== run) : this.#runs
    this.#runs = [...others, { parts, heads }].slice(-MOST_RUNS)
    return head
  }

  #longest(isSame: (part: Part, place: number) => boolean) {
    let best: { readonly run?: Run<Part>; readonly same: number } = { same: 0 }
    for (const run of this.#runs) {
      const other = run.parts.findIndex((part, place) => !isSame(part, place))
      const same = other === -1 ? run.parts.length : other
      if (same > best.same) best = { run, same }
    }
    return best
  }
}

/**
 * The commitment to a list of parts that follows from the commitment to the list without its last
 * part: SHA-256(0x02 ‖ head ‖ commitment).
 */
function chainHead(head: Uint8Array, commitment: Uint8Array, hash: Hash): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES)
  bytes[0] = CHAIN_PREFIX
  bytes.set(head, 1)
  bytes.set(commitment, 1 + HASH_BYTES)
  return hash(bytes)
}
