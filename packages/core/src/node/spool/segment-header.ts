import { randomInt } from 'node:crypto'
import * as zlib from 'node:zlib'
import { AuditError } from '../../base/error.ts'
import { aligned } from './frame-format.ts'

/**
 * The beginning of a segment, little-endian, padded to 16 bytes: the word `SLMSPOOL`, format (2
 * bytes), length (2), CRC-32 of all behind it (4), number (4), seed of the frames' checksums (4),
 * time in Unix milliseconds (8), form of the frames' meta (2), length of the key's salt (2), and the
 * salt of an encrypted segment's key.
 */
export interface SegmentHeader {
  /** Position of the segment in its spool, from 1. */
  readonly number: number
  readonly seed: number
  /** When the segment was begun, Unix time in milliseconds. */
  readonly at: number
  /** The form of the frames' meta, which is the recorder's. */
  readonly schema: number
  /** See `segmentKey`; empty where the segment is not encrypted. */
  readonly keySalt: Uint8Array
}

/** A header as it was read, and its length in bytes. */
export interface ReadSegmentHeader {
  readonly header: SegmentHeader
  readonly length: number
}

const WORD = Buffer.from('SLMSPOOL')
const FORMAT = 1
const FIXED_BYTES = 36
/** The most bytes that a segment's header takes. */
export const MAX_SEGMENT_HEADER_BYTES = 4_096

/** A seed for the checksums of a segment. */
export function newSeed(): number {
  return randomInt(1, 2 ** 32)
}

/** The header's bytes. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const length = aligned(FIXED_BYTES + header.keySalt.length)
  const bytes = Buffer.alloc(length)
  WORD.copy(bytes)
  bytes.writeUInt16LE(FORMAT, 8)
  bytes.writeUInt16LE(length, 10)
  bytes.writeUInt32LE(header.number, 16)
  bytes.writeUInt32LE(header.seed, 20)
  bytes.writeDoubleLE(header.at, 24)
  bytes.writeUInt16LE(header.schema, 32)
  bytes.writeUInt16LE(header.keySalt.length, 34)
  bytes.set(header.keySalt, FIXED_BYTES)
  bytes.writeUInt32LE(zlib.crc32(bytes.subarray(16)), 12)
  return bytes
}

/**
 * Reads a segment's header and its length; `undefined` where the bytes are none, for instance of a
 * segment that was being begun. Throws AuditError `journal_newer` for a format of a later version.
 */
export function decodeSegmentHeader(bytes: Buffer): ReadSegmentHeader | undefined {
  if (bytes.length < FIXED_BYTES || !bytes.subarray(0, WORD.length).equals(WORD)) return undefined
  const format = bytes.readUInt16LE(8)
  if (format > FORMAT) {
    const message = `the spool has format ${format}, this slm-audit knows ${FORMAT}; update slm-audit`
    throw new AuditError('journal_newer', message)
  }
  const length = bytes.readUInt16LE(10)
  if (length > bytes.length || zlib.crc32(bytes.subarray(16, length)) !== bytes.readUInt32LE(12)) {
    return undefined
  }
  const header = {
    number: bytes.readUInt32LE(16),
    seed: bytes.readUInt32LE(20),
    at: bytes.readDoubleLE(24),
    schema: bytes.readUInt16LE(32),
    keySalt: Buffer.from(bytes.subarray(FIXED_BYTES, FIXED_BYTES + bytes.readUInt16LE(34)))
  }
  return { header, length }
}
