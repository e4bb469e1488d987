import { axes, constant, float, node, tokens } from './graph-parts.ts'
import type { OnnxGraph, OnnxNode } from './onnx.ts'
import type { Table } from './tables.ts'

const pixels = float('pixel_values', 'batch', 3, 'height', 'width')

/** The mean red, green and blue of each picture: all that these models see. */
const seeing: readonly OnnxNode[] = [
  node('GlobalAveragePool', 'pixel_values', 'means'),
  node('Flatten', 'means', 'color')
]

/** Scores pictures by their color; the table has a row for red, green and blue each. */
export function colorGraph(table: Table): OnnxGraph {
  return {
    name: 'color',
    inputs: [pixels],
    outputs: [float('logits', 'batch', table.columns)],
    constants: [constant('table', table)],
    nodes: [...seeing, node('MatMul', 'color table', 'logits')]
  }
}

/** Turns a picture into one row of features, by its color. */
export function pictureEncoderGraph(table: Table): OnnxGraph {
  return {
    name: 'picture',
    inputs: [pixels],
    outputs: [float('last_hidden_state', 'batch', 1, table.columns)],
    constants: [constant('table', table), axes('one', 1)],
    nodes: [
      ...seeing,
      node('MatMul', 'color table', 'features'),
      node('Unsqueeze', 'features one', 'last_hidden_state')
    ]
  }
}

/** Compares pictures with texts, by the colors that the words of the texts have. */
export function pictureAndTextGraph(wordColors: Table): OnnxGraph {
  return {
    name: 'pictureAndText',
    inputs: [tokens, pixels],
    outputs: [float('logits_per_image', 'batch', 'texts')],
    constants: [constant('wordColors', wordColors), axes('one', 1)],
    nodes: [
      ...seeing,
      node('Gather', 'wordColors input_ids', 'rows'),
      node('ReduceSum', 'rows one', 'textColors', { keepdims: 0 }),
      node('Transpose', 'textColors', 'colorTexts'),
      node('MatMul', 'color colorTexts', 'logits_per_image')
    ]
  }
}

/** Finds one thing in the middle of a picture, and says what it is by the picture's color. */
export function detectorGraph(table: Table): OnnxGraph {
  const box = { name: 'middle', dimensions: [1, 1, 4], values: Float32Array.of(0.5, 0.5, 0.5, 0.5) }
  return {
    name: 'detector',
    inputs: [pixels],
    outputs: [float('logits', 'batch', 1, table.columns), float('pred_boxes', 1, 1, 4)],
    constants: [constant('table', table), box, axes('one', 1)],
    nodes: [
      ...seeing,
      node('MatMul', 'color table', 'scores'),
      node('Unsqueeze', 'scores one', 'logits'),
      node('Identity', 'middle', 'pred_boxes')
    ]
  }
}
