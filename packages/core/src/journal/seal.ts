import { AuditError } from '../base/error.ts'
import { hexOf } from '../base/hex.ts'
import { type Hash, sha256 } from '../base/sha256.ts'
import type { Draft, SealedContent, SealedRecord } from '../record/sealed-record.ts'
import { LEAF_PREFIX } from '../tlog/tree.ts'

/** Largest header in bytes: an entry of a C2SP tlog-tiles bundle has a 16-bit length. */
export const MAX_HEADER_BYTES = 65_535

/** Most contents of a record: stores number them within it. */
export const MAX_CONTENTS = 64

/** Length of a commitment's salt in bytes. */
export const SALT_BYTES = 32

/** UTF-8 bytes of one UTF-16 code unit, at most. */
const MOST_BYTES_PER_UNIT = 3

const encoder = new TextEncoder()

/** What a journal brings to sealing. */
export interface Sealer {
  readonly origin: string
  /** Fresh random bytes for one salt. */
  newSalt(): Uint8Array
  readonly hash?: Hash
  /**
   * At least `size` bytes to lay a content or the header out in. A sealed record's bodies are views
   * of them: a journal may give the same bytes again once it has stored the record. New bytes
   * unless given.
   */
  room?(size: number): Uint8Array
}

/**
 * Gives a draft its place: commits to each content with a fresh salt, inserts the member `log`
 * and hashes the leaf. Throws AuditError `bad_record` when the header is over 65,535 bytes, or there
 * are more than 64 contents.
 */
export function seal(draft: Draft, index: number, sealer: Sealer): SealedRecord {
  if (draft.contents.length > MAX_CONTENTS) {
    const message = `${draft.record.auditId} has ${draft.contents.length} contents, over ${MAX_CONTENTS}`
    throw new AuditError('bad_record', `${message}; join some`)
  }
  const hash = sealer.hash ?? sha256
  const contents: SealedContent[] = []
  const commitments: string[] = []
  for (const { name, type, body } of draft.contents) {
    const salted = layOut(SALT_BYTES, body, sealer)
    const salt = sealer.newSalt()
    salted.set(salt)
    const bytes = salted.subarray(SALT_BYTES)
    contents.push({ name, type, salt, body: bytes })
    commitments.push(commitmentText(name, type, bytes.length, hexOf(salted, hash)))
  }
  const header = `{${draft.head},"log":${logText(commitments, index, sealer.origin)},${draft.tail}}`
  const leaf = layOut(1, header, sealer)
  const size = leaf.length - 1
  if (size > MAX_HEADER_BYTES) {
    throw new AuditError(
      'bad_record',
      `the header of ${draft.record.auditId} has ${size} bytes, over ${MAX_HEADER_BYTES}; put less into context and settings`
    )
  }
  leaf[0] = LEAF_PREFIX
  return { index, leafHash: hash(leaf), header, contents }
}

/** The bytes of `body`, with `before` bytes left free before them. */
function layOut(before: number, body: string | Uint8Array, { room }: Sealer): Uint8Array {
  if (typeof body === 'string' && room) {
    const bytes = room(before + body.length * MOST_BYTES_PER_UNIT)
    const { written } = encoder.encodeInto(body, bytes.subarray(before))
    return bytes.subarray(0, before + written)
  }
  const source = typeof body === 'string' ? encoder.encode(body) : body
  const bytes = new Uint8Array(before + source.length)
  bytes.set(source, before)
  return bytes
}

const quote = JSON.stringify as (text: string) => string

/** The member of a header's `log.contents` for a content; `commitment` is what `commit` gives. */
export function commitmentText(
  name: string,
  type: string,
  bytes: number,
  commitment: string
): string {
  return `${quote(name)}:{"bytes":${bytes},"commitment":"${commitment}","type":${quote(type)}}`
}

/** The value of a header's member `log`; sorts the texts of the commitments. */
export function logText(commitments: string[], index: number, origin: string): string {
  // Canonical order: quoted ASCII names sort as the names do.
  const contents = commitments.sort().join(',')
  return `{"contents":{${contents}},"index":${index},"origin":${quote(origin)}}`
}

/** The commitment to a content: hex SHA-256 of the salt followed by the content. */
export function commit(salt: Uint8Array, body: Uint8Array, hash: Hash = sha256): string {
  const bytes = new Uint8Array(salt.length + body.length)
  bytes.set(salt)
  bytes.set(body, salt.length)
  return hexOf(bytes, hash)
}
