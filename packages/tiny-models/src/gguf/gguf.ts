/** A value of a GGUF metadata key, with its type in the file. */
export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int32s' | 'float32s'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }

/**
 * A tensor as `rows` x `columns` numbers, row after row; a tensor with one row is a vector.
 * Vectors are written as F32, matrices as F16, as llama.cpp does in files of type F16.
 */
export interface Tensor {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array
}

/** The type of a value, and of the members of an array, in the GGUF v3 specification. */
const valueTypes = {
  uint32: [4],
  float32: [6],
  bool: [7],
  string: [8],
  int32s: [9, 5],
  float32s: [9, 6],
  strings: [9, 8]
} as const

const tensorAlignment = 32
const tensorTypes = { f32: 0, f16: 1 }

/**
 * The bytes of a GGUF v3 file (little-endian) with these metadata keys and tensors, in the order
 * given. Equal arguments give equal bytes.
 */
export function encodeGguf(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: ReadonlyMap<string, Tensor>
): Uint8Array {
  const bodies = [...tensors.values()].map(encodeTensor)
  const header = [
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensors.size),
    uint64(metadata.size),
    ...[...metadata].flatMap(([key, value]) => [string(key), ...encodeValue(value)])
  ]
  let offset = 0
  for (const [index, [name, tensor]] of [...tensors].entries()) {
    const shape = tensor.rows === 1 ? [tensor.columns] : [tensor.columns, tensor.rows]
    const type = tensor.rows === 1 ? tensorTypes.f32 : tensorTypes.f16
    header.push(string(name), uint32(shape.length), ...shape.map(uint64), uint32(type))
    header.push(uint64(offset))
    offset += bodies[index]?.length ?? 0
  }
  return Buffer.concat([padded(Buffer.concat(header)), ...bodies])
}

function encodeValue(value: GgufValue): readonly Buffer[] {
  const types = valueTypes[value.type].map(uint32)
  switch (value.type) {
    case 'uint32':
      return [...types, uint32(value.value)]
    case 'float32':
      return [...types, float32(value.value)]
    case 'bool':
      return [...types, Buffer.from([value.value ? 1 : 0])]
    case 'string':
      return [...types, string(value.value)]
    case 'int32s':
      return [...types, uint64(value.value.length), ...value.value.map(uint32)]
    case 'float32s':
      return [...types, uint64(value.value.length), ...value.value.map(float32)]
    case 'strings':
      return [...types, uint64(value.value.length), ...value.value.map(string)]
  }
}

function encodeTensor(tensor: Tensor): Buffer {
  const size = tensor.rows === 1 ? 4 : 2
  const bytes = Buffer.alloc(tensor.values.length * size)
  for (const [index, value] of tensor.values.entries()) {
    if (size === 4) bytes.writeFloatLE(value, index * size)
    else bytes.writeUInt16LE(float16(value), index * size)
  }
  return padded(bytes)
}

const scratch = new DataView(new ArrayBuffer(4))

/** The bits of the half-precision number nearest to `value`; below 2^-14 that is zero here. */
function float16(value: number): number {
  scratch.setFloat32(0, value)
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 0xff) - 112
  if (exponent <= 0) return sign
  return (sign | (exponent << 10) | ((bits >>> 13) & 0x3ff)) + ((bits >>> 12) & 1)
}

function padded(bytes: Buffer): Buffer {
  const missing = (tensorAlignment - (bytes.length % tensorAlignment)) % tensorAlignment
  return Buffer.concat([bytes, Buffer.alloc(missing)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}
