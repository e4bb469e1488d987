import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { parse } from '../base/json-text.ts'
import type { AuditRecord, UnplacedRecord } from './record.ts'

/** A body of a record that is kept apart from its header: a prompt, an answer, an error text. */
export interface Content {
  /** `input`, `output`, `reasoning`, `logprobs`, `tools`, `error`, …: unique in its record. */
  readonly name: string
  /** Media type; `application/json` and `text/plain` are indexed for search. */
  readonly type: string
  /** A text, or the bytes of something else, such as an image. */
  readonly body: string | Uint8Array
}

/**
 * A record that waits for its place in the log: its header as canonical JSON, cut where the
 * journal inserts the member `log` (JCS order puts it between `head` and `tail`).
 */
export interface PendingRecord {
  /** The header without its place in the log. */
  readonly record: UnplacedRecord
  /** Canonical members that sort before `log`, without braces; never empty. */
  readonly head: string
  /** Canonical members that sort after `log`, without braces; never empty. */
  readonly tail: string
  /** What the header commits to; stored apart from it. */
  readonly contents: readonly Content[]
  /** An earlier append of this pending record failed and may still have stored it. */
  readonly retried?: boolean
  /** When it is sealed, ISO 8601, UTC, where that is long after it happened: see `LogPlace`. */
  readonly sealedAt?: string | undefined
}

/**
 * A stored content, as the header's `log.contents` commits to it: whole, or in parts where the
 * commitment there has `parts` (docs/record-format.md).
 */
export interface SealedContent {
  /** As in `log.contents` of the header: `input`, `output`, …. */
  readonly name: string
  /** Its media type. */
  readonly type: string
  /** Of a whole content's commitment; empty for one in parts. */
  readonly salt: Uint8Array
  /** All its bytes; absent once they, or those of a part, are erased or expired. */
  readonly body?: Uint8Array
  /** The key that its bytes are encrypted with, where they are stored and whoever reads has no such key; it has no `body` then. */
  readonly encrypted?: string
  /**
   * What a log in files has in place of salt and body: encrypted with the key that `encrypted` names. Only in what is read as it is
   * stored, to be written anew; readers and exporters never get it.
   */
  readonly sealed?: Uint8Array
  /** The parts of a content in parts, in order; absent where it was copied without its contents. */
  readonly parts?: readonly SealedPart[]
  /** Of a content in parts: where in the first the others belong (`joinParts`), as the header says. */
  readonly at?: number
}

/** A part of a content: salt and bytes or, once they are erased, the commitment that stays. */
export interface SealedPart {
  /** 32 random bytes; absent once the part is erased. */
  readonly salt?: Uint8Array
  /** UTF-8 text; absent where it is not stored here or no longer. */
  readonly body?: Uint8Array
  /** SHA-256(salt ‖ body). A store need not keep it while it has both. */
  readonly commitment?: Uint8Array
  /** As `encrypted` of a content: its bytes are stored, and cannot be read here. */
  readonly encrypted?: string
  /** As `sealed` of a content; the part has its `commitment` as well. */
  readonly sealed?: Uint8Array
}

/** A record in its place: what exporters ship and verifiers check. */
export interface SealedRecord {
  /** Leaf index, from 0 without a hole. */
  readonly index: number
  /** SHA-256(0x00 ‖ header), RFC 6962 section 2.1. */
  readonly leafHash: Uint8Array
  /** Canonical JSON of the record; its UTF-8 bytes are the leaf. */
  readonly header: string
  /** The contents that the header commits to. */
  readonly contents: readonly SealedContent[]
}

/** How much memory a sealed record takes, about: the characters of its header and the bytes of its contents. */
export function recordSize({ header, contents }: SealedRecord): number {
  return contents.reduce((sum, { body }) => sum + (body?.length ?? 0), header.length)
}

/**
 * Parses a sealed record's header. Not validated: the schema subpath does that at the edges. Throws AuditError
 * `bad_record` for a header that is no JSON object.
 */
export function parseRecord(sealed: Pick<SealedRecord, 'header'>): AuditRecord {
  const record = parsed(sealed.header)
  if (record) return record
  const message = 'the header of a record is no JSON object; slm-audit verify names the record'
  throw new AuditError('bad_record', message)
}

function parsed(header: string): AuditRecord | undefined {
  try {
    const value: unknown = parse(header)
    return isObject(value) ? (value as unknown as AuditRecord) : undefined
  } catch {
    // The parser's message would repeat what stands there.
    return undefined
  }
}
