import { crc32 } from 'node:zlib'
import { isObject } from '@slm-audit/core/adapter'

/** A message of an AWS event stream: what it says, and the name that its headers have. */
export interface NamedMessage {
  readonly name: string
  readonly data: unknown
}

/** The name of the messages that hold, in base64, what a model that is invoked says. */
const CHUNK = 'chunk'

/** Whether bytes are messages of AWS's event stream: the lengths of the first one have their checksum behind them. */
export function isEventStream(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8)
  return checksum === crc32(bytes.subarray(0, 8))
}

/** A message as one value, which disturbances change: its name is a member around what it says. */
export function wrapMessage({ name, data }: { readonly name?: string; readonly data: unknown }) {
  return name === undefined || name === CHUNK ? data : { [name]: data }
}

/** The message that a value stands for after it was disturbed. */
export function unwrapMessage(value: unknown, isWrapped: boolean): NamedMessage {
  if (!isWrapped) return { name: CHUNK, data: value }
  const [found] = isObject(value) ? Object.entries(value) : []
  return found ? { name: found[0], data: found[1] } : { name: 'empty', data: value }
}

/** The bytes of a message (AWS, "Event stream encoding"). */
export function encodeMessage({ name, data }: NamedMessage): Uint8Array {
  const json = JSON.stringify(data)
  const text =
    name === CHUNK ? JSON.stringify({ bytes: Buffer.from(json).toString('base64') }) : json
  const payload = Buffer.from(text)
  const headers = Buffer.concat([
    header(':event-type', name),
    header(':content-type', 'application/json'),
    header(':message-type', 'event')
  ])
  const bytes = Buffer.alloc(12 + headers.length + payload.length + 4)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(headers.length, 4)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  headers.copy(bytes, 12)
  payload.copy(bytes, 12 + headers.length)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4)
  return bytes
}

/** A header whose value is a text, which is of type 7. */
function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(value))
  return Buffer.concat([
    Uint8Array.of(name.length),
    Buffer.from(name),
    Uint8Array.of(7),
    length,
    Buffer.from(value)
  ])
}
