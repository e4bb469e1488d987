import * as zlib from 'node:zlib'
import type { BodyChunk } from '../../base/bytes.ts'
import type { CarriedFrame, Frame, FrameKind } from '../../recording/frame.ts'

/**
 * A frame in a segment: a header of 48 bytes, little-endian, then the auditId, the numbers of shared
 * texts (32 bits each), the meta and the body, padded to 16 bytes.
 *
 * | at | bytes | what                                                             |
 * | -- | ----- | ---------------------------------------------------------------- |
 * |  0 |     4 | mark, by which a reader finds the next frame after a damaged one |
 * |  4 |     4 | CRC-32 of all behind it, begun with the segment's seed           |
 * |  8 |     4 | length, without padding                                          |
 * | 12 |     1 | type, see `TYPES`                                                |
 * | 14 |     2 | bytes of the auditId                                             |
 * | 16 |     8 | sequence, a float                                                |
 * | 24 |     8 | time in Unix milliseconds, a float                               |
 * | 32 |     4 | bytes of the meta                                                |
 * | 36 |     4 | shared texts that it names; of a shared text, its number         |
 * | 40 |     4 | bytes of the body                                                |
 * | 44 |     1 | 1 where it has a body, which may be empty                        |
 *
 * The seed is random, so that text in a body cannot pass for a frame.
 */
export const FRAME_HEADER_BYTES = 48
/** Frames begin at multiples of this. */
export const ALIGNMENT = 16

const MARK = 0x4d41_5246
/** The mark as it stands in a file. */
export const MARK_BYTES = Buffer.from('FRAM')
const TYPES: readonly (FrameKind | 'shared')[] = ['shared', 'opened', 'part', 'ended', 'event']
const SHARED = 0

/** The place of a frame in bytes, rounded up to where the next one may begin. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

/** A frame as a writer has numbered it. */
export interface NumberedFrame {
  readonly frame: Frame
  readonly sequence: number
  /** The numbers of its shared texts in the segment. */
  readonly shared: readonly number[]
}

/** The most bytes that a frame can take with its shared texts, found without reading them. */
export function mostBytes(frame: Frame): number {
  return bytesOf(frame, mostOf)
}

/** The bytes that a frame takes with its shared texts. */
export function exactBytes(frame: Frame): number {
  return bytesOf(frame, byteLength)
}

function bytesOf(
  { auditId, meta, shared = [], body = [] }: Frame,
  measure: (chunk: BodyChunk) => number
): number {
  let bytes = FRAME_HEADER_BYTES + ALIGNMENT + measure(auditId) + measure(meta)
  for (const text of shared) bytes += FRAME_HEADER_BYTES + ALIGNMENT + 4 + measure(text)
  for (const chunk of body) bytes += measure(chunk)
  return bytes
}

/** The most bytes of a text or a piece: a UTF-16 code unit takes three bytes of UTF-8 at most. */
export function mostOf(chunk: BodyChunk): number {
  return typeof chunk === 'string' ? 3 * chunk.length : chunk.length
}

/** The bytes of a text or a piece in UTF-8. */
export function byteLength(chunk: BodyChunk): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length
}

/** Encodes a frame at `from`, with its padding; returns where it ends. There must be buffer. */
export function encodeFrame(buffer: Buffer, from: number, numbered: NumberedFrame, seed: number) {
  const { frame, sequence, shared } = numbered
  let at = from + FRAME_HEADER_BYTES
  const idBytes = buffer.write(frame.auditId, at)
  at += idBytes
  for (const number of shared) at = buffer.writeUInt32LE(number, at)
  const metaBytes = buffer.write(frame.meta, at)
  at += metaBytes
  const bodyFrom = at
  for (const chunk of frame.body ?? []) {
    if (typeof chunk === 'string') at += buffer.write(chunk, at)
    else {
      buffer.set(chunk, at)
      at += chunk.length
    }
  }
  writeHeader(buffer, from, {
    type: TYPES.indexOf(frame.kind),
    length: at - from,
    idBytes,
    sequence,
    at: frame.at,
    metaBytes,
    shared: shared.length,
    bodyBytes: at - bodyFrom,
    hasBody: frame.body !== undefined
  })
  return finish(buffer, from, at, seed)
}

/** Encodes a shared text under a number, as `encodeFrame` does a frame. */
export function encodeShared(
  buffer: Buffer,
  from: number,
  shared: { readonly number: number; readonly text: string },
  seed: number
): number {
  const metaBytes = buffer.write(shared.text, from + FRAME_HEADER_BYTES)
  const end = from + FRAME_HEADER_BYTES + metaBytes
  writeHeader(buffer, from, {
    type: SHARED,
    length: end - from,
    idBytes: 0,
    sequence: 0,
    at: 0,
    metaBytes,
    shared: shared.number,
    bodyBytes: 0,
    hasBody: false
  })
  return finish(buffer, from, end, seed)
}

/** What a frame's header says. */
export interface FrameHeader {
  readonly type: number
  readonly length: number
  readonly idBytes: number
  readonly sequence: number
  readonly at: number
  readonly metaBytes: number
  readonly shared: number
  readonly bodyBytes: number
  readonly hasBody: boolean
}

/** Writes a header without its checksum. */
function writeHeader(buffer: Buffer, from: number, header: FrameHeader): void {
  buffer.writeUInt32LE(MARK, from)
  buffer.writeUInt32LE(header.length, from + 8)
  buffer.writeUInt16LE(header.type, from + 12)
  buffer.writeUInt16LE(header.idBytes, from + 14)
  buffer.writeDoubleLE(header.sequence, from + 16)
  buffer.writeDoubleLE(header.at, from + 24)
  buffer.writeUInt32LE(header.metaBytes, from + 32)
  buffer.writeUInt32LE(header.shared, from + 36)
  buffer.writeUInt32LE(header.bodyBytes, from + 40)
  buffer.writeUInt32LE(header.hasBody ? 1 : 0, from + 44)
}

function finish(buffer: Buffer, from: number, end: number, seed: number): number {
  buffer.writeUInt32LE(zlib.crc32(buffer.subarray(from + 8, end), seed), from + 4)
  const padded = from + aligned(end - from)
  buffer.fill(0, end, padded)
  return padded
}

/** The header of a frame that is too large for one piece, with the numbers and texts before its body. */
export function encodeStart(
  numbered: NumberedFrame,
  bodyBytes: number
): { readonly start: Buffer; readonly length: number } {
  const { frame, sequence, shared } = numbered
  const id = Buffer.from(frame.auditId)
  const numbers = Buffer.alloc(4 * shared.length)
  shared.forEach((number, index) => {
    numbers.writeUInt32LE(number, 4 * index)
  })
  const meta = Buffer.from(frame.meta)
  const start = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), id, numbers, meta])
  const length = start.length + bodyBytes
  writeHeader(start, 0, {
    type: TYPES.indexOf(frame.kind),
    length,
    idBytes: id.length,
    sequence,
    at: frame.at,
    metaBytes: meta.length,
    shared: shared.length,
    bodyBytes,
    hasBody: frame.body !== undefined
  })
  return { start, length }
}

/** Puts the checksum of a whole frame, begun with the segment's seed, into its header. */
export function setChecksum(start: Buffer, checksum: number): void {
  start.writeUInt32LE(checksum, 4)
}

/** Reads a header; `undefined` where there is none, or none that can be right. */
export function readHeader(bytes: Buffer, from: number): FrameHeader | undefined {
  const isThere = from + FRAME_HEADER_BYTES <= bytes.length && bytes.readUInt32LE(from) === MARK
  if (!isThere) return undefined
  const header = {
    type: bytes.readUInt16LE(from + 12),
    length: bytes.readUInt32LE(from + 8),
    idBytes: bytes.readUInt16LE(from + 14),
    sequence: bytes.readDoubleLE(from + 16),
    at: bytes.readDoubleLE(from + 24),
    metaBytes: bytes.readUInt32LE(from + 32),
    shared: bytes.readUInt32LE(from + 36),
    bodyBytes: bytes.readUInt32LE(from + 40),
    hasBody: bytes.readUInt32LE(from + 44) === 1
  }
  const numbers = header.type === SHARED ? 0 : 4 * header.shared
  const parts = header.idBytes + numbers + header.metaBytes + header.bodyBytes
  return header.length === FRAME_HEADER_BYTES + parts ? header : undefined
}

/** Whether the bytes of a whole frame are those that were written. */
export function isWhole(bytes: Buffer, from: number, length: number, seed: number): boolean {
  return zlib.crc32(bytes.subarray(from + 8, from + length), seed) === bytes.readUInt32LE(from + 4)
}

/**
 * Decodes a whole frame. A shared text is added to `texts` and gives `undefined`, as does a type that a
 * later version may have added. The body shares the memory of `bytes`.
 */
export function decodeFrame(
  bytes: Buffer,
  from: number,
  header: FrameHeader,
  texts: Map<number, string>
): CarriedFrame | undefined {
  const { type, idBytes, metaBytes, bodyBytes, sequence, at, hasBody } = header
  let next = from + FRAME_HEADER_BYTES
  const take = (length: number) => {
    next += length
    return bytes.subarray(next - length, next)
  }
  const auditId = take(idBytes).toString()
  const shared: string[] = []
  for (let left = type === SHARED ? 0 : header.shared; left > 0; left--) {
    shared.push(texts.get(take(4).readUInt32LE()) ?? '')
  }
  const meta = take(metaBytes).toString()
  if (type === SHARED) texts.set(header.shared, meta)
  const kind = TYPES[type]
  if (kind === undefined || kind === 'shared') return undefined
  return { kind, auditId, at, meta, sequence, shared, ...(hasBody && { body: take(bodyBytes) }) }
}
