import { hexOf } from '../base/hex.ts'
import { type Hash, sha256 } from '../base/sha256.ts'
import { PartChains } from './part-chain.ts'

/** A part of a content that was sealed, without its bytes. */
export interface KnownPart {
  /** One object for each part, so that a store can keep by it where the part is. */
  readonly salt: Uint8Array
  /** SHA-256(salt ‖ bytes). */
  readonly commitment: Uint8Array
  /** Number of its bytes. */
  readonly size: number
  /** Stands for its bytes: the text itself or, of a long one and of bytes, a digest. */
  readonly key: string
}

/** The parts of a content in their order. */
export interface SealedParts {
  readonly parts: readonly KnownPart[]
  /** The bytes of those that were not known before. */
  readonly added: ReadonlyMap<KnownPart, Uint8Array>
  /** The commitment to all of them: the head of their chain. */
  readonly head: Uint8Array
}

/** What the calls of one conversation have sealed. */
interface Scope {
  readonly parts: Map<string, KnownPart>
  readonly chains: PartChains<KnownPart>
  bytes: number
}

/** What journals bring to `KnownParts`. */
export interface PartSealer {
  /** Fresh random bytes for one salt. */
  newSalt(): Uint8Array
  /** SHA-256; the package's own unless given. */
  readonly hash?: Hash
  /** Memory for keys, salts and hashes, in bytes; 32 MiB unless given. */
  readonly mostBytes?: number
}

const MOST_BYTES = 32 * 1024 * 1024
/** What a part takes beside its key: salt, commitment, heads, entries of maps. */
const PART_BYTES = 640
/** Longer pieces are known by their digests. */
const LONGEST_KEY = 16_384
/** Text that begins so is known by its digest as well. */
const DIGEST_KEY = '\u0000'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Remembers the parts that calls of one conversation have sealed, so that what is sealed again keeps
 * its salt and commitment, and need not be stored again. Nothing is shared between two scopes, because
 * equal commitments tell that texts are equal. Memory is bounded: the scope that was used least
 * recently is forgotten first, and its parts are then sealed anew.
 */
export class KnownParts {
  readonly #scopes = new Map<string, Scope>()
  readonly #sealer: PartSealer
  readonly #hash: Hash
  #bytes = 0

  constructor(sealer: PartSealer) {
    this.#sealer = sealer
    this.#hash = sealer.hash ?? sha256
  }

  /** Seals the pieces of a content: those that the scope has sealed before keep what they have. */
  seal(scopeName: string, pieces: readonly (string | Uint8Array)[]): SealedParts {
    const scope = this.#scope(scopeName)
    const keys = pieces.map((piece) => this.#keyOf(piece))
    const added = new Map<KnownPart, Uint8Array>()
    const parts = [...scope.chains.beginning(({ key }, place) => key === keys[place])]
    for (const [place, piece] of pieces.entries()) {
      if (place < parts.length) continue
      const key = keys[place] ?? ''
      parts.push(scope.parts.get(key) ?? this.#add(scope, piece, key, added))
    }
    const head = scope.chains.head(parts)
    this.#makeRoom(scopeName, scope)
    return { parts, added, head }
  }

  /** Forgets all, as is due where something that was sealed has not been stored. */
  forget(): void {
    this.#scopes.clear()
    this.#bytes = 0
  }

  #scope(name: string): Scope {
    const chains = new PartChains<KnownPart>(({ commitment }) => commitment, this.#hash)
    const scope = this.#scopes.get(name) ?? { parts: new Map(), chains, bytes: 0 }
    this.#scopes.delete(name)
    this.#scopes.set(name, scope)
    return scope
  }

  #add(
    scope: Scope,
    piece: string | Uint8Array,
    key: string,
    added: Map<KnownPart, Uint8Array>
  ): KnownPart {
    const salt = this.#sealer.newSalt()
    const bytes = typeof piece === 'string' ? encoder.encode(piece) : piece
    const salted = new Uint8Array(salt.length + bytes.length)
    salted.set(salt)
    salted.set(bytes, salt.length)
    // A copy: a piece is a view of its content, all of which it would keep in memory.
    const ownKey = key === piece ? decoder.decode(bytes) : key
    const commitment = this.#hash(salted)
    const part = { salt, commitment, size: bytes.length, key: ownKey }
    scope.parts.set(ownKey, part)
    scope.bytes += PART_BYTES + ownKey.length
    this.#bytes += PART_BYTES + ownKey.length
    added.set(part, salted.subarray(salt.length))
    return part
  }

  #keyOf(piece: string | Uint8Array): string {
    const isText = typeof piece === 'string'
    if (isText && piece.length <= LONGEST_KEY && !piece.startsWith(DIGEST_KEY)) return piece
    return DIGEST_KEY + hexOf(isText ? encoder.encode(piece) : piece, this.#hash)
  }

  #makeRoom(newest: string, { bytes }: Scope): void {
    const { mostBytes = MOST_BYTES } = this.#sealer
    for (const [name, scope] of this.#scopes) {
      if (this.#bytes <= mostBytes) return
      // One conversation that fills the memory alone begins anew.
      if (name === newest && bytes < mostBytes) return
      this.#scopes.delete(name)
      this.#bytes -= scope.bytes
    }
  }
}
