import { isObject } from '@slm-audit/core/adapter'
import { member } from './member.ts'

/** A tensor of transformers.js whose numbers can be read. */
export interface ReadableTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: ArrayLike<number | bigint>
}

/** The value if it is a tensor, unless its numbers are on another device. */
export function readTensor(value: unknown): ReadableTensor | undefined {
  if (!isObject(value) || typeof value.type !== 'string' || !Array.isArray(value.dims)) {
    return undefined
  }
  if (value.location !== undefined && value.location !== 'cpu') return undefined
  return ArrayBuffer.isView(value.data) ? (value as unknown as ReadableTensor) : undefined
}

/** The rows of a tensor of token ids, or of lists of ids. */
export function readIds(value: unknown): readonly (readonly number[])[] | undefined {
  const tensor = readTensor(value)
  if (tensor === undefined) {
    if (!Array.isArray(value)) return undefined
    return value.every(Array.isArray) ? value.map((row) => row.map(Number)) : [value.map(Number)]
  }
  if (tensor.type !== 'int64' && tensor.type !== 'int32') return undefined
  const width = tensor.dims.at(-1) ?? 0
  const ids = Array.from(tensor.data as ArrayLike<number>, Number)
  const rows = width === 0 ? 0 : ids.length / width
  return Array.from({ length: rows }, (_, row) => ids.slice(row * width, (row + 1) * width))
}

/** How deep a value is looked into; what lies deeper is left as it is. */
const DEPTH = 12

/**
 * A value as JSON can hold it: tensors as type, dimensions and data, the data of ids as numbers;
 * typed arrays are left for the log to digest.
 */
export function toPlain(value: unknown): unknown {
  return plain(value, 0, (bytes) => bytes)
}

/** The same without the numbers of tensors and typed arrays, for what is not input. */
export function toOutline(value: unknown): unknown {
  return plain(value, 0, (bytes) => ({ [bytes.constructor.name]: { bytes: bytes.byteLength } }))
}

function plain(value: unknown, depth: number, data: (bytes: ArrayBufferView) => unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value === 'function') return `[${value.constructor.name}]`
  if (typeof value !== 'object' || value === null || depth > DEPTH) return value
  if (ArrayBuffer.isView(value)) return data(value)
  if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1, data))
  const { type, dims } = value as { readonly type?: unknown; readonly dims?: unknown }
  if (typeof type === 'string' && Array.isArray(dims)) {
    const tensor = { type, dims: [...dims] }
    const readable = readTensor(value)
    if (readable === undefined) return { ...tensor, data: elsewhere(value) }
    const ids = readIds(value)
    return { ...tensor, data: ids ? ids.flat() : data(readable.data as never) }
  }
  if (typeof Blob !== 'undefined' && value instanceof Blob) {
    return { blob: { type: value.type, size: value.size } }
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return value
  return membersOf(value, (one) => plain(one, depth + 1, data))
}

/** An object with what `read` makes of its members; one that has none to show, or one that throws, is left as it is. */
function membersOf(value: object, read: (member: unknown) => unknown): object {
  if (Object.prototype.toString.call(value) !== '[object Object]') return value
  try {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, read(one)]))
  } catch {
    return value
  }
}

/** Says where the numbers of a tensor are that cannot be read here. */
function elsewhere(tensor: object): string {
  return `[${String(member(tensor, 'location') ?? 'unknown')}]`
}

/** The number of tokens of a tokenised input, padding left out. */
export function countTokens(inputs: unknown): number | undefined {
  const ids = readTensor(member(inputs, 'input_ids') ?? member(inputs, 'inputs'))
  if (ids === undefined || (ids.type !== 'int64' && ids.type !== 'int32')) return undefined
  const mask = readTensor(member(inputs, 'attention_mask'))
  if (mask === undefined) return ids.data.length
  let count = 0
  for (let at = 0; at < mask.data.length; at++) count += Number(mask.data[at])
  return count
}
