import { isObject } from '../base/json.ts'
import { type Hash, sha256 } from '../base/sha256.ts'
import { commitmentText, logText, MAX_HEADER_BYTES } from '../journal/seal.ts'
import type { AuditRecord } from '../record/record.ts'
import { LEAF_PREFIX, sameBytes } from '../tlog/tree.ts'
import { Committer } from './committer.ts'
import type { RecordFlaw } from './flaw.ts'
import { type HeaderFacts, readPlainHeader } from './read-plain-header.ts'
import type { StoredRecord } from './stored-log.ts'

/** What is wrong with a record, or what it is. */
export interface Inspection {
  readonly flaw?: RecordFlaw
  readonly facts?: HeaderFacts
  /** The whole header, where it had to be parsed. */
  readonly record?: AuditRecord
}

/**
 * Checks one stored record against itself: its place, its leaf hash, and its contents against
 * their commitments. A content, or a part of one, whose body is gone (erased, expired) is not a flaw; one
 * that the header does not name, or names and the store lacks, is. Returns the first flaw.
 */
export function checkRecord(
  sealed: StoredRecord,
  index: number,
  hash: Hash = sha256
): RecordFlaw | undefined {
  return new Inspector(hash).inspect(sealed, index).flaw
}

/** Bytes of UTF-8 that a UTF-16 code unit has at most. */
const MOST_BYTES = 3
/** Room for usual headers; it grows with what comes. */
const SCRATCH_BYTES = 8_192

/**
 * `checkRecord` for many records; it also gives what their headers say. With an origin, a record
 * that is to the byte what that log seals needs no parsing; all others are looked at in detail.
 */
export class Inspector {
  readonly #hash: Hash
  readonly #origin: string | undefined
  readonly #encoder = new TextEncoder()
  #scratch = new Uint8Array(SCRATCH_BYTES)
  readonly #committer: Committer

  constructor(hash: Hash = sha256, origin?: string) {
    this.#hash = hash
    this.#origin = origin
    this.#committer = new Committer(hash)
  }

  inspect(sealed: StoredRecord, index: number): Inspection {
    const { damage } = sealed
    if (damage) return { flaw: { index, ...damage } }
    const facts = this.#factsAsSealed(sealed, index)
    return facts ? { facts } : this.#inspectClosely(sealed, index)
  }

  /** Seals the contents again: the header must hold the very text that comes out. */
  #factsAsSealed(
    { header, leafHash, contents }: StoredRecord,
    index: number
  ): HeaderFacts | undefined {
    if (this.#origin === undefined) return undefined
    const commitments: string[] = []
    for (const content of contents) {
      const { name } = content
      const isNamedTwice = contents.length > 1 && contents.filter((one) => one.name === name)[1]
      const committed = isNamedTwice ? undefined : this.#committer.commitmentTo(content)
      if (committed?.bytes === undefined) return undefined
      commitments.push(commitmentText(name, { ...committed, bytes: committed.bytes }))
    }
    const facts = readPlainHeader(header, logText(commitments, index, this.#origin))
    return facts && this.#isLeaf(header, leafHash) ? facts : undefined
  }

  #inspectClosely(sealed: StoredRecord, index: number): Inspection {
    const flaw = (kind: RecordFlaw['kind'], detail: string) => ({ flaw: { index, kind, detail } })
    const record = parsed(sealed.header)
    const place = record?.log?.index
    if (typeof place === 'number' && place !== index) {
      return flaw('moved', `the header says index ${place}`)
    }
    if (!this.#isLeaf(sealed.header, sealed.leafHash)) {
      return flaw('changed', 'the header does not have the hash that the tree has at its index')
    }
    const committed = record?.log?.contents
    if (!record || typeof place !== 'number' || !isObject(committed)) {
      return flaw('changed', 'the header is not that of a record')
    }
    for (const content of sealed.contents) {
      const { name } = content
      const expected = committed[name]
      if (expected === undefined) return flaw('content mismatch', `${name} is not in the header`)
      if (!this.#committer.isCommitted(content, expected)) {
        return flaw('content mismatch', `${name} is not what the header commits to`)
      }
    }
    const names = Object.keys(committed)
    if (names.length === sealed.contents.length) {
      return { facts: { ...record, sealedAt: record.log.sealedAt }, record }
    }
    const lost = names.find((name) => !sealed.contents.some((content) => content.name === name))
    return flaw('content missing', `${lost ?? 'a content'} is not in the store once`)
  }

  #isLeaf(header: string, leafHash: Uint8Array): boolean {
    if (header.length > MAX_HEADER_BYTES) return false
    const room = MOST_BYTES * header.length + 1
    if (room > this.#scratch.length) this.#scratch = new Uint8Array(2 * room)
    this.#scratch[0] = LEAF_PREFIX
    const { written } = this.#encoder.encodeInto(header, this.#scratch.subarray(1))
    if (written > MAX_HEADER_BYTES) return false
    return sameBytes(this.#hash(this.#scratch.subarray(0, written + 1)), leafHash)
  }
}

function parsed(header: string): AuditRecord | undefined {
  try {
    return (JSON.parse(header) ?? undefined) as AuditRecord | undefined
  } catch {
    // Bytes that are not JSON are a finding, not an error.
    return undefined
  }
}
