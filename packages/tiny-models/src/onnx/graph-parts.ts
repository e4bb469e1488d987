import { elementType, type OnnxConstant, type OnnxNode, type OnnxValue } from './onnx.ts'
import type { Table } from './tables.ts'

/** The tokens of texts. */
export const tokens: OnnxValue = {
  name: 'input_ids',
  type: elementType.int64,
  dimensions: ['batch', 'length']
}
/** Which of them are not padding. */
export const mask: OnnxValue = { ...tokens, name: 'attention_mask' }
/** An input or output of floats. */
export const float = (name: string, ...dimensions: readonly (number | string)[]): OnnxValue => ({
  name,
  type: elementType.float,
  dimensions
})
/** A constant of whole numbers, such as the axes that an operator works on. */
export const axes = (name: string, ...values: readonly number[]): OnnxConstant => ({
  name,
  dimensions: [values.length],
  values: BigInt64Array.from(values, BigInt)
})
/** A table as a constant. */
export const constant = (name: string, { columns, values }: Table): OnnxConstant => ({
  name,
  dimensions: [values.length / columns, columns],
  values
})
/** An operator with one output; names of inputs are separated by spaces. */
export const node = (
  operator: string,
  inputs: string,
  output: string,
  attributes = {}
): OnnxNode => ({
  operator,
  inputs: inputs.split(' '),
  outputs: [output],
  attributes
})
