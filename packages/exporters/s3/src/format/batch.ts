import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import {
  AuditError,
  decodeSealed,
  encodeSealed,
  isObject,
  type SealedRecord
} from '@slm-audit/core/journal'

// An older Node, which is told so by `checkNode`, has no Zstandard: it is asked for when it is needed.
const pack = (bytes: Uint8Array) => promisify(zlib.zstdCompress)(bytes, { params: CHECKED })
const unpack: typeof zlib.zstdDecompress.__promisify__ = (...args) =>
  promisify(zlib.zstdDecompress)(...args)
/** With a checksum, so that a disk that loses a bit is told of, wherever in the batch. */
const CHECKED = { [zlib.constants.ZSTD_c_checksumFlag]: 1 }
/** More than this no batch unpacks to, in bytes: few bytes can stand for very many. */
const MOST_BYTES = 256 * 1024 * 1024
const SECRET_BYTES = 64

/** Where a content belongs: its record, its name and, of a content in parts, the number of the part. */
export interface ContentPlace {
  readonly index: number
  readonly name: string
  readonly part?: number
}

/** A content, or a part of one, in the object with the contents of its batch. */
export interface PackedContent {
  /** Its first byte in the object, and how many it has. */
  readonly at: number
  readonly bytes: number
  /** The key that it is encrypted with, and its salt. Without them it is gone. */
  readonly secret: Uint8Array
  /** Where it belongs; several places where records share a part. */
  readonly places: readonly ContentPlace[]
}

/** Some records that follow each other, as they are archived. */
export interface Batch {
  readonly origin: string
  /** Index of the first record, and one more than that of the last. */
  readonly first: number
  readonly end: number
  /** The key of the object with their contents; absent where there are none. */
  readonly object?: string
  /** The records; their contents have neither salt nor bytes, parts have their commitments. */
  readonly records: readonly SealedRecord[]
  /** What of the contents is there. Whoever erases one takes it off this list. */
  readonly contents: readonly PackedContent[]
}

/** A batch as JSON Lines, packed with Zstandard: what it is, its records, where the contents are. */
export async function encodeBatch(batch: Batch): Promise<Uint8Array> {
  const { origin, first, end, object, records, contents } = batch
  const head = JSON.stringify({ origin, first, end, ...(object !== undefined && { object }) })
  const places = contents.map(({ at, bytes, secret, places: of }) =>
    JSON.stringify({ at, bytes, secret: Buffer.from(secret).toString('base64'), of })
  )
  const lines = [head, ...records.map((sealed) => encodeSealed(sealed)), ...places]
  return await pack(Buffer.from(lines.map((line) => `${line}\n`).join('')))
}

/** The inverse of `encodeBatch`. Rejects with AuditError `journal_damaged` that names the key. */
export async function decodeBatch(key: string, bytes: Uint8Array): Promise<Batch> {
  const lines = (await unpacked(key, bytes)).split('\n')
  const damaged = (what: string) => new AuditError('journal_damaged', `${key} ${what}`)
  if (lines.pop() !== '') throw damaged('ends within a line')
  const { origin, first, end, object } = fieldsOf(lines[0]) ?? {}
  const count = Number(end) - Number(first)
  if (typeof origin !== 'string' || !Number.isSafeInteger(count) || count < 1) {
    throw damaged('does not begin as a batch does')
  }
  const records = lines.slice(1, count + 1).map((line) => decodeSealed(line))
  const contents = lines.slice(count + 1).map((line) => packedOf(fieldsOf(line)))
  if (records.length < count || records.includes(undefined)) throw damaged('lacks records')
  if (contents.includes(undefined)) throw damaged('has a line that says of no content where it is')
  return {
    origin,
    first: Number(first),
    end: Number(end),
    ...(typeof object === 'string' && { object }),
    records: records.filter((record) => record !== undefined),
    contents: contents.filter((content) => content !== undefined)
  }
}

async function unpacked(key: string, bytes: Uint8Array): Promise<string> {
  try {
    return (await unpack(bytes, { maxOutputLength: MOST_BYTES })).toString('utf8')
  } catch (cause) {
    throw new AuditError('journal_damaged', `${key} cannot be unpacked`, { cause })
  }
}

function fieldsOf(line: string | undefined): { readonly [name: string]: unknown } | undefined {
  try {
    const fields: unknown = JSON.parse(line ?? '')
    return isObject(fields) ? fields : undefined
  } catch {
    // Said by whoever needs them.
    return undefined
  }
}

function packedOf(
  fields: { readonly [name: string]: unknown } | undefined
): PackedContent | undefined {
  const { at, bytes, secret, of } = fields ?? {}
  const key = new Uint8Array(Buffer.from(String(secret), 'base64'))
  const isWhole = Number.isSafeInteger(at) && Number.isSafeInteger(bytes)
  if (!isWhole || key.length !== SECRET_BYTES || !Array.isArray(of) || !of.every(isPlace)) {
    return undefined
  }
  return { at: Number(at), bytes: Number(bytes), secret: key, places: of }
}

function isPlace(value: unknown): value is ContentPlace {
  const { index, name, part } = isObject(value) ? value : {}
  const isPart = part === undefined || Number.isSafeInteger(part)
  return Number.isSafeInteger(index) && typeof name === 'string' && isPart
}
