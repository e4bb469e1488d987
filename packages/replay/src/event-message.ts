import { crc32 } from 'node:zlib'

/** Lengths of the whole message and of its headers, and their checksum. */
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4
/** The type of a header whose value is a text. */
const STRING = 7

/**
 * A message of an AWS event stream: its name as `:event-type` or, of an error, `:exception-type`, JSON as its payload, and its two checksums, made anew.
 *
 * Source: AWS, "Event stream encoding" (Amazon Transcribe and Smithy documentation).
 */
export function eventMessage(
  name: string,
  json: string,
  { isException = false }: { readonly isException?: boolean } = {}
): Uint8Array {
  const kind = isException ? 'exception' : 'event'
  const headers = Buffer.concat([
    header(`:${kind}-type`, name),
    header(':content-type', 'application/json'),
    header(':message-type', kind)
  ])
  const payload = Buffer.from(json)
  const bytes = Buffer.alloc(PRELUDE_BYTES + headers.length + payload.length + CHECKSUM_BYTES)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(headers.length, 4)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  headers.copy(bytes, PRELUDE_BYTES)
  payload.copy(bytes, PRELUDE_BYTES + headers.length)
  const end = bytes.length - CHECKSUM_BYTES
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end)), end)
  return bytes
}

function header(name: string, value: string): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([
    Buffer.of(name.length),
    Buffer.from(name),
    Buffer.of(STRING),
    length,
    bytes
  ])
}
