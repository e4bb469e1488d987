import { axes, constant, float, mask, node, tokens } from './graph-parts.ts'
import { elementType, type OnnxConstant, type OnnxGraph, type OnnxNode } from './onnx.ts'
import { followers, type Table, topicAnswers, topicHints } from './tables.ts'
import { vocabulary } from './tokenizer.ts'

/** Gives each token its row of a table: a model of words without context. */
export function rowsGraph(output: string, table: Table): OnnxGraph {
  return {
    name: 'rows',
    inputs: [tokens, mask],
    outputs: [float(output, 'batch', 'length', table.columns)],
    constants: [constant('table', table)],
    nodes: [node('Gather', 'table input_ids', output)]
  }
}

/** Adds up the rows of all tokens of a text: a model of bags of words. */
export function sumGraph(table: Table): OnnxGraph {
  return {
    name: 'sum',
    inputs: [tokens, mask],
    outputs: [float('logits', 'batch', table.columns)],
    constants: [constant('table', table), axes('length', 1), axes('last', 2)],
    nodes: [
      node('Gather', 'table input_ids', 'rows'),
      node('Cast', 'attention_mask', 'floatMask', { to: elementType.float }),
      node('Unsqueeze', 'floatMask last', 'weights'),
      node('Mul', 'rows weights', 'weighted'),
      node('ReduceSum', 'weighted length', 'logits', { keepdims: 0 })
    ]
  }
}

/** Says for each token how likely an answer starts and ends there. */
export function spanGraph(starts: Table, ends: Table): OnnxGraph {
  return {
    name: 'span',
    inputs: [tokens, mask],
    outputs: [float('start_logits', 'batch', 'length'), float('end_logits', 'batch', 'length')],
    constants: [constant('starts', starts), constant('ends', ends), axes('last', 2)],
    nodes: [
      node('Gather', 'starts input_ids', 'startRows'),
      node('Gather', 'ends input_ids', 'endRows'),
      node('Squeeze', 'startRows last', 'start_logits'),
      node('Squeeze', 'endRows last', 'end_logits')
    ]
  }
}

/**
 * A language model with a cache: what follows the last three tokens, among the words of the topic
 * that all tokens so far ask for. The cache holds the ids of the tokens as keys and values.
 */
export function decoderGraph(): OnnxGraph {
  const speaker = speakerOf('<|assistant|>', '')
  return {
    name: 'decoder',
    inputs: [tokens, mask, ...speaker.inputs],
    outputs: speaker.outputs,
    constants: [...speaker.constants, constant('hints', topicHints())],
    nodes: [
      ...speaker.history,
      node('Gather', 'hints history', 'asked'),
      node('ReduceSum', 'asked one', 'topics', { keepdims: 1 }),
      ...speaker.nodes
    ]
  }
}

/** The first half of a translator of questions: which topics each token asks for. */
export function encoderGraph(): OnnxGraph {
  return rowsGraph('last_hidden_state', topicHints())
}

/** An encoder of sound that hears the first topic in everything. */
export function audioEncoderGraph(features: number, topics: number): OnnxGraph {
  const values = new Float32Array(features * topics)
  for (let row = 0; row < features; row++) values[row * topics] = 1
  const scalar = (name: string, value: number): OnnxConstant => ({
    name,
    dimensions: [],
    values: Float32Array.of(value)
  })
  return {
    name: 'audio',
    inputs: [float('input_features', 'batch', features, 'frames')],
    outputs: [float('last_hidden_state', 'batch', 1, topics)],
    constants: [
      constant('table', { columns: topics, values }),
      scalar('nothing', 0),
      scalar('share', 1 / features),
      axes('one', 1),
      axes('two', 2)
    ],
    nodes: [
      node('ReduceSum', 'input_features two', 'loudness', { keepdims: 0 }),
      node('Mul', 'loudness nothing', 'silence'),
      node('Add', 'silence share', 'heard'),
      node('MatMul', 'heard table', 'topic'),
      node('Unsqueeze', 'topic one', 'last_hidden_state')
    ]
  }
}

/** Scores sounds by their mean pressure: what lies above silence, and what below. */
export function pressureGraph(table: Table): OnnxGraph {
  return {
    name: 'pressure',
    inputs: [float('input_values', 'batch', 'samples')],
    outputs: [float('logits', 'batch', table.columns)],
    constants: [constant('table', table)],
    nodes: [
      node('ReduceMean', 'input_values', 'mean', { keepdims: 1 }),
      node('MatMul', 'mean table', 'logits')
    ]
  }
}

/** The second half: says what is known of the topics that an encoder found. */
export function crossDecoderGraph(beginning: string, topics: number): OnnxGraph {
  const speaker = speakerOf(beginning, 'decoder.')
  return {
    name: 'crossDecoder',
    inputs: [tokens, float('encoder_hidden_states', 'batch', 'encoded', topics), ...speaker.inputs],
    outputs: speaker.outputs,
    constants: speaker.constants,
    nodes: [
      ...speaker.history,
      node('ReduceSum', 'encoder_hidden_states one', 'topics', { keepdims: 1 }),
      ...speaker.nodes
    ]
  }
}

/** The share of a graph that makes `logits` from `topics` and the tokens so far. */
function speakerOf(beginning: string, cacheName: string) {
  const cache = (name: string) => float(name, 'batch', 1, 'past', 1)
  const [past, present] = [`past_key_values.0.${cacheName}`, `present.0.${cacheName}`]
  return {
    inputs: [cache(`${past}key`), cache(`${past}value`)],
    outputs: [
      float('logits', 'batch', 'length', vocabulary.length),
      cache(`${present}key`),
      cache(`${present}value`)
    ],
    constants: [
      constant('followers1', followers(beginning, 1)),
      constant('followers2', followers(beginning, 2)),
      constant('followers3', followers(beginning, 3)),
      constant('answers', topicAnswers(2)),
      axes('zero', 0),
      axes('one', 1),
      axes('two', 2),
      axes('three', 3),
      axes('minusOne', -1),
      axes('minusTwo', -2),
      axes('oneAndThree', 1, 3)
    ],
    /** `history` is the ids of all tokens so far. */
    history: [
      node('Cast', 'input_ids', 'floats', { to: elementType.float }),
      node('Unsqueeze', 'floats one', 'floatsOfHead'),
      node('Unsqueeze', 'floatsOfHead three', 'entries'),
      node('Concat', `${past}key entries`, `${present}key`, { axis: 2 }),
      node('Concat', `${past}value entries`, `${present}value`, { axis: 2 }),
      node('Squeeze', `${present}key oneAndThree`, 'historyAsFloats'),
      node('Cast', 'historyAsFloats', 'history', { to: elementType.int64 })
    ],
    nodes: [
      node('Slice', 'history zero one one', 'first'),
      node('Concat', 'first first history', 'padded', { axis: 1 }),
      node('Shape', 'input_ids', 'shape'),
      node('Gather', 'shape one', 'length'),
      node('Neg', 'length', 'minusLength'),
      node('Gather', 'followers1 input_ids', 'follow1'),
      ...lookBack('one', 'minusOne', '2'),
      ...lookBack('two', 'minusTwo', '3'),
      node('Sum', 'follow1 follow2 follow3', 'spoken'),
      node('MatMul', 'topics answers', 'likely'),
      node('Add', 'spoken likely', 'logits')
    ]
  }
}

/** What follows the tokens that stand `steps` before those of the input. */
function lookBack(steps: string, end: string, name: string): readonly OnnxNode[] {
  return [
    node('Sub', `minusLength ${steps}`, `from${name}`),
    node('Slice', `padded from${name} ${end} one`, `before${name}`),
    node('Gather', `followers${name} before${name}`, `follow${name}`)
  ]
}
