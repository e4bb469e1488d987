import { decodeBase64, isObject, type StreamEvent } from '@slm-audit/core/adapter'
import { crc32 } from './crc32.ts'

/** Lengths of the whole message and of its headers, and their checksum. */
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4

/** Bytes of header values by type; strings and byte arrays say their length, 16 bits. */
const SIZES = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16]
const STRING = 7

const utf8 = new TextDecoder()

/**
 * The messages of an AWS event stream, by their names (`:event-type`). The answer of a model that
 * is invoked comes as base64 inside of its messages, and is given as it was before that. Exceptions
 * and errors of the stream are given as `{ error: { type, message } }`. A message that is cut off
 * is left out; from one whose checksum is wrong on, nothing can be read, as for every client.
 *
 * Source: AWS, "Event stream encoding" (Amazon Transcribe and Smithy documentation).
 */
export function decodeEventStream(bytes: Uint8Array): StreamEvent[] {
  const events: StreamEvent[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + PRELUDE_BYTES <= bytes.length; ) {
    const prelude = bytes.subarray(at, at + PRELUDE_BYTES - CHECKSUM_BYTES)
    if (crc32(prelude) !== view.getUint32(at + PRELUDE_BYTES - CHECKSUM_BYTES)) {
      return [...events, { malformed: `the checksum of the message at byte ${at} is wrong` }]
    }
    const end = at + view.getUint32(at)
    if (end > bytes.length) break
    const bodyEnd = end - CHECKSUM_BYTES
    const body = bytes.subarray(at, Math.max(at, bodyEnd))
    if (body.length < PRELUDE_BYTES || crc32(body) !== view.getUint32(bodyEnd)) {
      return [...events, { malformed: `the checksum of the message at byte ${at} is wrong` }]
    }
    const headersEnd = PRELUDE_BYTES + view.getUint32(at + 4)
    events.push(toEvent(body.subarray(PRELUDE_BYTES, headersEnd), body.subarray(headersEnd)))
    at = end
  }
  return events
}

function toEvent(headerBytes: Uint8Array, payload: Uint8Array): StreamEvent {
  const headers = readHeaders(headerBytes)
  const text = utf8.decode(payload)
  if (headers[':message-type'] === 'error') {
    return failure(headers[':error-code'], headers[':error-message'])
  }
  const data = parse(text)
  if (headers[':message-type'] === 'exception') {
    return failure(headers[':exception-type'], isObject(data) ? data.message : text)
  }
  if (data === undefined) return { malformed: text }
  const name = headers[':event-type']
  const inner = isObject(data) && typeof data.bytes === 'string' ? decodeInner(data.bytes) : data
  return inner === undefined
    ? { malformed: text }
    : { data: inner, ...(name !== undefined && { name }) }
}

function failure(type: string | undefined, message: unknown): StreamEvent {
  return { data: { error: { type, message } }, name: 'error' }
}

function decodeInner(base64: string): unknown {
  const bytes = decodeBase64(base64)
  return bytes && parse(utf8.decode(bytes))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The headers whose values are texts: a name's length and name, a type, a value. */
function readHeaders(bytes: Uint8Array): { readonly [name: string]: string } {
  const headers: { [name: string]: string } = {}
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + view.getUint8(at)
    if (nameEnd + 1 > bytes.length) break
    const name = utf8.decode(bytes.subarray(at + 1, nameEnd))
    const type = view.getUint8(nameEnd)
    let valueAt = nameEnd + 1
    let size = SIZES[type]
    if (size === undefined) {
      if (valueAt + 2 > bytes.length) break
      size = view.getUint16(valueAt)
      valueAt += 2
    }
    if (type === STRING) headers[name] = utf8.decode(bytes.subarray(valueAt, valueAt + size))
    at = valueAt + size
  }
  return headers
}
