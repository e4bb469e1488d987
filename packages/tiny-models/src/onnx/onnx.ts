/** Element types of tensors, as numbered in onnx.proto (TensorProto.DataType). */
export const elementType = { float: 1, int64: 7 } as const

type ElementType = (typeof elementType)[keyof typeof elementType]

/** An input or output of a graph; a dimension with a name may have any length. */
export interface OnnxValue {
  readonly name: string
  readonly type: ElementType
  readonly dimensions: readonly (number | string)[]
}

/** A constant of a graph: row after row, as many numbers as the dimensions hold. */
export interface OnnxConstant {
  readonly name: string
  readonly dimensions: readonly number[]
  readonly values: Float32Array | BigInt64Array
}

/** One operator of a graph with the names of what it reads and writes. */
export interface OnnxNode {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, number>>
}

/** A graph whose nodes are in the order in which they can run. */
export interface OnnxGraph {
  readonly name: string
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly constants: readonly OnnxConstant[]
  readonly nodes: readonly OnnxNode[]
}

const irVersion = 8
const operatorSetVersion = 17
/** AttributeProto.AttributeType.INT */
const integerAttribute = 2

/** The bytes of an ONNX ModelProto with this graph. Equal graphs give equal bytes. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  return message(
    integer(1, irVersion),
    bytes(2, text('slm-audit')),
    bytes(7, encodeGraph(graph)),
    bytes(8, integer(2, operatorSetVersion))
  )
}

function encodeGraph({ name, inputs, outputs, constants, nodes }: OnnxGraph): Buffer {
  return message(
    ...nodes.map((node) => bytes(1, encodeNode(node))),
    bytes(2, text(name)),
    ...constants.map((constant) => bytes(5, encodeConstant(constant))),
    ...inputs.map((value) => bytes(11, encodeValue(value))),
    ...outputs.map((value) => bytes(12, encodeValue(value)))
  )
}

function encodeNode({ operator, inputs, outputs, attributes = {} }: OnnxNode): Buffer {
  return message(
    ...inputs.map((name) => bytes(1, text(name))),
    ...outputs.map((name) => bytes(2, text(name))),
    bytes(4, text(operator)),
    ...Object.entries(attributes).map(([name, value]) =>
      bytes(5, message(bytes(1, text(name)), integer(3, value), integer(20, integerAttribute)))
    )
  )
}

function encodeConstant({ name, dimensions, values }: OnnxConstant): Buffer {
  const type = values instanceof Float32Array ? elementType.float : elementType.int64
  return message(
    ...dimensions.map((length) => integer(1, length)),
    integer(2, type),
    bytes(8, text(name)),
    bytes(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength))
  )
}

/** ValueInfoProto > TypeProto > TypeProto.Tensor > TensorShapeProto > Dimension */
function encodeValue({ name, type, dimensions }: OnnxValue): Buffer {
  const shape = dimensions.map((length) =>
    bytes(1, typeof length === 'string' ? bytes(2, text(length)) : integer(1, length))
  )
  const tensor = message(integer(1, type), bytes(2, message(...shape)))
  return message(bytes(1, text(name)), bytes(2, bytes(1, tensor)))
}

/** A field of wire type 0 (Protocol Buffers encoding): a varint. */
function integer(field: number, value: number): Buffer {
  return message(varint(BigInt(field) << 3n), varint(BigInt.asUintN(64, BigInt(value))))
}

/** A field of wire type 2: bytes with their length. */
function bytes(field: number, value: Buffer): Buffer {
  return message(varint((BigInt(field) << 3n) | 2n), varint(BigInt(value.length)), value)
}

function varint(value: bigint): Buffer {
  const groups: number[] = []
  let rest = value
  while (rest > 0x7fn) {
    groups.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Buffer.from([...groups, Number(rest)])
}

function text(value: string): Buffer {
  return Buffer.from(value)
}

function message(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts)
}
