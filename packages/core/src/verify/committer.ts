import { hexOf, toHex } from '../base/hex.ts'
import type { Hash } from '../base/sha256.ts'
import { joinParts, lengthOfJoined } from '../journal/join-parts.ts'
import { PartChains } from '../journal/part-chain.ts'
import { type Commitment, SALT_BYTES } from '../journal/seal.ts'
import type { SealedContent, SealedPart } from '../record/sealed-record.ts'
import { HASH_BYTES, sameBytes } from '../tlog/tree.ts'

/**
 * Whether a stored content is the one that a header commits to, as far as it is there: a content or a
 * part whose bytes are gone has its commitment alone.
 */
export function isCommitted(content: SealedContent, expected: Commitment, hash: Hash): boolean {
  return new Committer(hash).isCommitted(content, expected)
}

/** What a header says of a content; `bytes` is absent where not all of them are there. */
export type Computed = Omit<Commitment, 'bytes'> & { readonly bytes?: number }

/** Bytes that are hashed without an allocation of their own, once there were some: what most prompts and answers fit in. */
const SCRATCH_BYTES = 196_608

/**
 * Computes the commitments to stored contents from their bytes. Parts that several contents share are
 * hashed once, where a store gives the same object for each.
 */
export class Committer {
  readonly #hash: Hash
  #scratch = new Uint8Array()
  readonly #parts = new WeakMap<SealedPart, Uint8Array>()
  readonly #chains = new WeakMap<SealedPart, PartChains<SealedPart>>()

  constructor(hash: Hash) {
    this.#hash = hash
  }

  /** Whether a content is what a header says. One that is gone is: nothing speaks against it. */
  isCommitted(content: SealedContent, expected: Commitment): boolean {
    if (content.type !== expected.type) return false
    const isGone = content.body === undefined && content.parts === undefined
    if (isGone) return true
    const found = this.commitmentTo(content)
    if (!found || found.parts !== expected.parts || found.at !== expected.at) return false
    if (found.bytes !== undefined && found.bytes !== expected.bytes) return false
    return found.commitment === expected.commitment
  }

  /** The commitment to what is stored; `undefined` where that cannot be the content of any record. */
  commitmentTo(content: SealedContent): Computed | undefined {
    const { type, salt, body, parts } = content
    if (parts) return this.#chained(content, parts)
    // A salt of another length could hide bytes of the content.
    if (body === undefined || salt.length !== SALT_BYTES) return undefined
    return { type, bytes: body.length, commitment: hexOf(this.#salted(salt, body), this.#hash) }
  }

  #chained({ type, at, body }: SealedContent, parts: readonly SealedPart[]): Computed | undefined {
    const [first] = parts
    const bodies = parts.flatMap((part) => part.body ?? [])
    if (!first || parts.some((part) => !this.#commitmentOf(part))) return undefined
    const isWhole = bodies.length === parts.length
    if (body && !(isWhole && sameBytes(body, joinParts(bodies, at)))) return undefined
    const size = bodies.reduce((total, { length }) => total + length, 0)
    return {
      type,
      ...(isWhole && { bytes: lengthOfJoined(size, parts.length, at) }),
      commitment: toHex(this.#chainsFrom(first).head(parts)),
      parts: parts.length,
      ...(at !== undefined && { at })
    }
  }

  #chainsFrom(first: SealedPart): PartChains<SealedPart> {
    const known = this.#chains.get(first)
    if (known) return known
    const commitmentOf = (part: SealedPart) => this.#commitmentOf(part) ?? NO_COMMITMENT
    const chains = new PartChains(commitmentOf, this.#hash)
    this.#chains.set(first, chains)
    return chains
  }

  /** The commitment to a part by its bytes or, where they are gone, as it was kept. */
  #commitmentOf(part: SealedPart): Uint8Array | undefined {
    const known = this.#parts.get(part)
    if (known) return known
    const { salt, body, commitment } = part
    const isThere = body !== undefined && salt?.length === SALT_BYTES
    const found = isThere ? this.#hash(this.#salted(salt, body)) : body ? undefined : commitment
    if (found?.length !== HASH_BYTES) return undefined
    this.#parts.set(part, found)
    return found
  }

  #salted(salt: Uint8Array, body: Uint8Array): Uint8Array {
    const length = SALT_BYTES + body.length
    if (salt.buffer === body.buffer && salt.byteOffset + SALT_BYTES === body.byteOffset) {
      return new Uint8Array(salt.buffer, salt.byteOffset, length)
    }
    const bytes = this.#room(length)
    bytes.set(salt)
    bytes.set(body, SALT_BYTES)
    return bytes.subarray(0, length)
  }

  #room(length: number): Uint8Array {
    if (length > SCRATCH_BYTES) return new Uint8Array(length)
    if (length > this.#scratch.length) {
      this.#scratch = new Uint8Array(Math.min(SCRATCH_BYTES, 4 * length))
    }
    return this.#scratch
  }
}

const NO_COMMITMENT = new Uint8Array(HASH_BYTES)
