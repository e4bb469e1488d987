import { deflateSync, inflateSync } from 'node:zlib'
import { decodeNumbers, encodeNumbers, idsOf, stepsOf } from '../part-list.ts'

/** The tables whose values may be in blocks. */
export type ColdTable = 'records' | 'contents' | 'parts'

/** A value in a block, with the key of its row. */
export interface ColdValue {
  readonly id: number
  readonly bytes: Uint8Array
}

/** A block as a row of `blocks` has it. */
export interface StoredBlock {
  /** For each row, ascending: its key less the one before and less 1, and how many bytes its value has. */
  readonly rows: Uint8Array
  /** The values, one after the other, as one zlib stream (RFC 1950). */
  readonly bytes: Uint8Array
}

/** Values with more bytes stay as they are: reading one of them would take some 50 ms more. */
export const MOST_VALUE_BYTES = 16 * 1024 * 1024
/** Values of a block: more of them compress little better, and take longer to read one. */
export const MOST_VALUES = 256
/** Bytes of the values of a block, but for one that is larger and alone. */
export const MOST_BYTES = 64 * 1024

/** Compresses values; those of one block, ascending by their keys. */
export function packBlock(values: readonly ColdValue[]): StoredBlock {
  const steps = stepsOf(
    values.map(({ id }) => id),
    -1
  )
  const numbers = values.flatMap(({ bytes }, place) => [steps[place] ?? 0, bytes.length])
  const joined = Buffer.concat(values.map(({ bytes }) => bytes))
  return { rows: encodeNumbers(numbers), bytes: deflateSync(joined) }
}

/** The keys of the rows whose values a block has, by its `rows`. */
export function idsIn(rows: Uint8Array): number[] {
  const steps = decodeNumbers(rows).filter((_, place) => place % 2 === 0)
  return idsOf(steps, -1)
}

/** The values of a block by their keys; none of one that is damaged. */
export function unpackBlock({ rows, bytes }: StoredBlock): ReadonlyMap<number, Uint8Array> {
  const values = new Map<number, Uint8Array>()
  if (!(rows instanceof Uint8Array && bytes instanceof Uint8Array)) return values
  const numbers = decodeNumbers(rows)
  const length = numbers.reduce((sum, each, place) => sum + (place % 2) * each, 0)
  const joined = inflated(bytes, length)
  let [id, at] = [-1, 0]
  for (let place = 0; joined && place + 1 < numbers.length; place += 2) {
    id += (numbers[place] ?? 0) + 1
    const end = at + (numbers[place + 1] ?? 0)
    if (end > joined.length) break
    values.set(id, joined.subarray(at, end))
    at = end
  }
  return values
}

/** The stream's bytes in one piece, of which it is known how many there should be. */
function inflated(bytes: Uint8Array, length: number): Uint8Array | undefined {
  try {
    const chunkSize = Math.min(Math.max(length, 63) + 1, MOST_VALUE_BYTES)
    return inflateSync(bytes, { chunkSize, maxOutputLength: MOST_VALUE_BYTES })
  } catch {
    // Verification tells of the values that are missing.
    return undefined
  }
}
