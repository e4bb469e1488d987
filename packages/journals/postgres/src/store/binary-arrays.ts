/** What an array holds: numbers of 8 bytes, texts, bytes. */
export type ElementType = 'bigint' | 'text' | 'bytea'

/** A value of an array. */
export type Element = number | string | Uint8Array | null

const OIDS: { readonly [Type in ElementType]: number } = { bigint: 20, text: 25, bytea: 17 }
/** Dimensions, whether there are nulls, the type; of the one dimension its length and where it begins. */
const HEADER_BYTES = 20
const INT8_BYTES = 8
const NULL_LENGTH = -1

/**
 * An array as PostgreSQL receives it in binary (array_recv in its src/backend/utils/adt/arrayfuncs.c), so that nothing is
 * escaped here and parsed there. The result is the value of one parameter.
 */
export function binaryArray(type: ElementType, elements: readonly Element[]): Buffer {
  let size = HEADER_BYTES
  for (const element of elements) size += 4 + lengthOf(element)
  const bytes = Buffer.allocUnsafe(size)
  bytes.writeInt32BE(1, 0)
  bytes.writeInt32BE(elements.includes(null) ? 1 : 0, 4)
  bytes.writeInt32BE(OIDS[type], 8)
  bytes.writeInt32BE(elements.length, 12)
  bytes.writeInt32BE(1, 16)
  let at = HEADER_BYTES
  for (const element of elements) at = write(bytes, element, at)
  return bytes
}

function lengthOf(element: Element): number {
  if (element === null) return 0
  if (typeof element === 'number') return INT8_BYTES
  return typeof element === 'string' ? Buffer.byteLength(element) : element.length
}

/** Writes a length and the bytes; returns where they end. */
function write(bytes: Buffer, element: Element, at: number): number {
  const start = at + 4
  if (element === null) return bytes.writeInt32BE(NULL_LENGTH, at)
  if (typeof element === 'number') {
    bytes.writeInt32BE(INT8_BYTES, at)
    return bytes.writeBigInt64BE(BigInt(element), start)
  }
  if (typeof element === 'string') {
    const length = bytes.write(element, start)
    bytes.writeInt32BE(length, at)
    return start + length
  }
  bytes.writeInt32BE(element.length, at)
  bytes.set(element, start)
  return start + element.length
}
