import { AuditError } from '../base/error.ts'
import { hexOf, toHex } from '../base/hex.ts'
import { stringify } from '../base/json-text.ts'
import { type Hash, sha256 } from '../base/sha256.ts'
import type { AuditRecord, UnplacedRecord } from '../record/record.ts'
import type {
  Content,
  PendingRecord,
  SealedContent,
  SealedRecord
} from '../record/sealed-record.ts'
import { LEAF_PREFIX } from '../tlog/tree.ts'
import { type Cut, cutContent } from './cut-content.ts'
import { lengthOfJoined } from './join-parts.ts'
import type { KnownParts, SealedParts } from './known-parts.ts'

/** Largest header in bytes: an entry of a C2SP tlog-tiles bundle has a 16-bit length. */
export const MAX_HEADER_BYTES = 65_535

/** Most contents of a record: stores number them within it. */
const MAX_CONTENTS = 64

/** Length of a commitment's salt in bytes. */
export const SALT_BYTES = 32

/** What is encrypted bears so many bytes more than its body: nonce and tag of AES-GCM, and the salt that is encrypted with it. */
export const OVERHEAD_BYTES: number = 12 + 16 + SALT_BYTES

/** UTF-8 bytes of one UTF-16 code unit, at most. */
const MOST_BYTES_PER_UNIT = 3

const encoder = new TextEncoder()

/** What a journal brings to sealing. */
export interface Sealer {
  /** The log's name, which each header repeats. */
  readonly origin: string
  /** Fresh random bytes for one salt. */
  newSalt(): Uint8Array
  /** SHA-256; the package's own unless given. */
  readonly hash?: Hash
  /** The parts that were sealed before. Without it all contents are sealed whole. */
  readonly known?: KnownParts
  /** A store that keeps parts needs no bytes of those that it has: they are left out. */
  readonly leavesOutKnown?: boolean
  /**
   * At least `size` bytes to lay a content or the header out in. A sealed record's bodies are views
   * of them: a journal may give the same bytes again once it has stored the record. New bytes
   * unless given.
   */
  allocate?(size: number): Uint8Array
}

/**
 * Gives a pending record its place: commits to each content, inserts the member `log` and hashes the leaf. With
 * a scope, which is that of the record unless given, contents that conversations repeat are
 * sealed in parts; all others are sealed whole. Throws AuditError `bad_record` when the header is over
 * 65,535 bytes, or there are more than 64 contents.
 */
export function seal(
  one: PendingRecord,
  index: number,
  sealer: Sealer,
  scope: string | undefined = scopeOf(one.record)
): SealedRecord {
  if (one.contents.length > MAX_CONTENTS) {
    const message = `${one.record.auditId} has ${one.contents.length} contents, over ${MAX_CONTENTS}`
    throw new AuditError('bad_record', `${message}; join some`)
  }
  const hash = sealer.hash ?? sha256
  const sealed = one.contents.map((content) => sealContent(content, sealer, hash, scope))
  const commitments = sealed.map(({ member }) => member)
  const log = logText(commitments, index, sealer.origin, one.sealedAt)
  const header = `{${one.head},"log":${log},${one.tail}}`
  const leaf = layOut(1, header, sealer)
  const size = leaf.length - 1
  if (size > MAX_HEADER_BYTES) {
    throw new AuditError(
      'bad_record',
      `the header of ${one.record.auditId} has ${size} bytes, over ${MAX_HEADER_BYTES}; put less into context and settings`
    )
  }
  leaf[0] = LEAF_PREFIX
  return { index, leafHash: hash(leaf), header, contents: sealed.map(({ content }) => content) }
}

/**
 * Within what calls share the parts of their contents: one conversation of one person; `undefined`
 * for a call that belongs to neither. Not beyond, because equal commitments tell that texts are equal,
 * and because what is erased for one person must not be missing for another.
 */
export function scopeOf({ context }: Pick<UnplacedRecord, 'context'>): string | undefined {
  const { tenant = null, user = null, session, conversation } = context ?? {}
  const place = session ?? conversation ?? null
  return user === null && place === null ? undefined : stringify([tenant, user, place])
}

/** A content and its member of the header's `log.contents`. */
interface CommittedContent {
  readonly content: SealedContent
  readonly member: string
}

function sealContent(
  given: Content,
  sealer: Sealer,
  hash: Hash,
  scope: string | undefined
): CommittedContent {
  const cut = sealer.known && scope !== undefined ? cutContent(given) : undefined
  if (sealer.known && scope !== undefined && cut) {
    return withParts(given, cut, sealer.known.seal(scope, cut.pieces), sealer)
  }
  const { name, type, body } = given
  const salted = layOut(SALT_BYTES, body, sealer)
  const salt = sealer.newSalt()
  salted.set(salt)
  const bytes = salted.subarray(SALT_BYTES)
  const member = commitmentText(name, {
    type,
    bytes: bytes.length,
    commitment: hexOf(salted, hash)
  })
  return { content: { name, type, salt, body: bytes }, member }
}

const NO_SALT = new Uint8Array()

function withParts(
  { name, type, body }: Content,
  { at, pieces }: Cut,
  { parts, added, head }: SealedParts,
  sealer: Sealer
): CommittedContent {
  const own = parts.map((part, place) => {
    const bytes = added.get(part)
    const { salt, commitment } = part
    // A store that encrypts a part keeps its commitment beside it.
    if (sealer.leavesOutKnown) return { salt, commitment, ...(bytes && { body: bytes }) }
    if (bytes) return { salt, body: bytes }
    return { salt: part.salt, body: layOut(0, pieces[place] ?? '', sealer) }
  })
  const sum = parts.reduce((total, { size }) => total + size, 0)
  const bytes = lengthOfJoined(sum, parts.length, at)
  const place = at === undefined ? {} : { at }
  const facts = { type, bytes, commitment: toHex(head), parts: parts.length, ...place }
  const whole = sealer.leavesOutKnown ? {} : { body: layOut(0, body, sealer) }
  const content = { name, type, salt: NO_SALT, ...whole, parts: own, ...place }
  return { content, member: commitmentText(name, facts) }
}

/** The bytes of `body`, with `before` bytes left free before them. */
function layOut(before: number, body: string | Uint8Array, { allocate }: Sealer): Uint8Array {
  if (typeof body === 'string' && allocate) {
    const bytes = allocate(before + body.length * MOST_BYTES_PER_UNIT)
    const { written } = encoder.encodeInto(body, bytes.subarray(before))
    return bytes.subarray(0, before + written)
  }
  const source = typeof body === 'string' ? encoder.encode(body) : body
  const bytes = new Uint8Array(before + source.length)
  bytes.set(source, before)
  return bytes
}

const quote = stringify as (text: string) => string

/** What a header's `log.contents` says of a content. */
export type Commitment = AuditRecord['log']['contents'][string]

/** The member of a header's `log.contents` for a content, in canonical order. */
export function commitmentText(name: string, facts: Commitment): string {
  const { at, bytes, commitment, parts, type } = facts
  const first = at === undefined ? '' : `"at":${at},`
  const count = parts === undefined ? '' : `"parts":${parts},`
  return `${quote(name)}:{${first}"bytes":${bytes},"commitment":"${commitment}",${count}"type":${quote(type)}}`
}

/** The value of a header's member `log`; sorts the texts of the commitments. */
export function logText(
  commitments: string[],
  index: number,
  origin: string,
  sealedAt?: string
): string {
  // Canonical order: quoted ASCII names sort as the names do.
  const contents = commitments.sort().join(',')
  const late = sealedAt === undefined ? '' : `,"sealedAt":${quote(sealedAt)}`
  return `{"contents":{${contents}},"index":${index},"origin":${quote(origin)}${late}}`
}

/** The commitment to a content: hex SHA-256 of the salt followed by the content. */
export function commit(salt: Uint8Array, body: Uint8Array, hash: Hash = sha256): string {
  const bytes = new Uint8Array(salt.length + body.length)
  bytes.set(salt)
  bytes.set(body, salt.length)
  return hexOf(bytes, hash)
}
