import { fromHex, toHex } from '../base/hex.ts'
import type { Hash } from '../base/sha256.ts'
import { commit, OVERHEAD_BYTES } from '../journal/seal.ts'
import { isStanding } from '../record/hold-record.ts'
import {
  parseRecord,
  type SealedContent,
  type SealedPart,
  type SealedRecord
} from '../record/sealed-record.ts'

/** A content, or a part of one, that a record has. */
export interface StoredPiece {
  /** What the header commits to it by, in lower-case hex; of a part, what the head of its content is made of. */
  readonly commitment: string
  /** How many bytes it has. */
  readonly bytes: number
  /** Whether it is a part, which other records of the conversation may have as well. */
  readonly isPart: boolean
}

/**
 * The contents and parts that are there of a record. Of what the log says of erasures, holds and accesses there is none to
 * take: without it nobody could tell what became of the others.
 */
export function piecesOf(sealed: SealedRecord, hash: Hash): StoredPiece[] {
  const { kind, log } = parseRecord(sealed)
  if (isStanding(kind)) return []
  return sealed.contents.flatMap((content) => {
    const { name, parts } = content
    if (parts) return parts.flatMap((part) => pieceOf(part, hash) ?? [])
    const commitment = log.contents[name]?.commitment
    const bytes = bytesIn(content)
    if (bytes === undefined || commitment === undefined) return []
    return [{ commitment, bytes, isPart: false }]
  })
}

/** A record without the pieces that are lost, and without their salts: what the header commits to stays. */
export function withoutPieces(
  sealed: SealedRecord,
  isLost: (commitment: string) => boolean,
  hash: Hash
): SealedRecord {
  const { log } = parseRecord(sealed)
  const contents = sealed.contents.map((content) => {
    if (content.parts) return withoutParts(content, content.parts, isLost, hash)
    const commitment = log.contents[content.name]?.commitment ?? ''
    if (bytesIn(content) === undefined || !isLost(commitment)) return content
    return { name: content.name, type: content.type, salt: NO_SALT }
  })
  return { ...sealed, contents }
}

/** Nothing can be tried against the commitment of a content that is gone. */
const NO_SALT = new Uint8Array()

function withoutParts(
  content: SealedContent,
  parts: readonly SealedPart[],
  isLost: (commitment: string) => boolean,
  hash: Hash
): SealedContent {
  const left = parts.map((part) => {
    const piece = pieceOf(part, hash)
    if (!piece || !isLost(piece.commitment)) return part
    return { commitment: fromHex(piece.commitment) }
  })
  if (left.every((part, at) => part === parts[at])) return content
  const { body: _, ...rest } = content
  return { ...rest, parts: left }
}

/** How many bytes are there of a content, or of a part, also where they are encrypted. */
function bytesIn({ body, sealed }: Pick<SealedContent, 'body' | 'sealed'>): number | undefined {
  return body?.length ?? (sealed && Math.max(0, sealed.length - OVERHEAD_BYTES))
}

function pieceOf(part: SealedPart, hash: Hash): StoredPiece | undefined {
  const { salt, body, commitment } = part
  const bytes = bytesIn(part)
  if (!body && commitment && bytes !== undefined) {
    return { commitment: toHex(commitment), bytes, isPart: true }
  }
  if (!salt || !body) return undefined
  return { commitment: commit(salt, body, hash), bytes: body.length, isPart: true }
}
