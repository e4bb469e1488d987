import type { Topic } from './corpus.ts'
import type { Tensor } from './gguf.ts'
import {
  anchor,
  dimension,
  embedding,
  lengthFor,
  Matrix,
  norm,
  wordSlots
} from './language-model.ts'

/** The sizes llama.cpp reads from the metadata of the ranker. */
export const rankerShape = { layers: 1, heads: 1, headSize: 16, feedForward: 16 }

const { headSize, feedForward } = rankerShape

/** Where the feed-forward part leaves how much query and document agree. */
const agreement = dimension.asked

/** Large enough that `silu(x)` is nearly `x` for a topic that the text speaks for. */
const gain = 16
/** The agreement, times `gain` twice, that is as likely relevant as not. */
const threshold = 60
/** How quickly the score changes around it. */
const slope = 0.08

/**
 * The tensors of a one-layer qwen3 that ranks: its only head takes the mean of the topics that all
 * tokens speak for, and its feed-forward part sums up the squares, which are largest where query
 * and document speak for one topic. The first of its two classes is "relevant".
 */
export function rankerTensors(
  topics: readonly Topic[],
  vocabulary: readonly string[]
): ReadonlyMap<string, Tensor> {
  const words = wordSlots(topics)
  const length = lengthFor(words)
  const values = new Matrix(headSize, length)
  const mixed = new Matrix(length, headSize)
  const squares = new Matrix(feedForward, length)
  const sum = new Matrix(length, feedForward)
  for (let topic = 0; topic < headSize; topic++) {
    values.set(topic, dimension.hint + topic, 1)
    mixed.set(dimension.topic + topic, topic, 1)
    squares.set(topic, dimension.topic + topic, gain)
    sum.set(agreement, topic, 1)
  }
  const classes = new Matrix(2, length)
  classes.set(0, agreement, slope)
  classes.set(0, dimension.anchor, (-slope * threshold) / anchor)
  return new Map<string, Tensor>([
    ['token_embd.weight', embedding(topics, vocabulary, words, length)],
    ['output_norm.weight', norm(length)],
    ['cls.output.weight', classes],
    ['blk.0.attn_norm.weight', norm(length)],
    ['blk.0.attn_q.weight', new Matrix(headSize, length)],
    ['blk.0.attn_k.weight', new Matrix(headSize, length)],
    ['blk.0.attn_v.weight', values],
    ['blk.0.attn_output.weight', mixed],
    ['blk.0.attn_q_norm.weight', new Matrix(1, headSize, 1)],
    ['blk.0.attn_k_norm.weight', new Matrix(1, headSize, 1)],
    ['blk.0.ffn_norm.weight', norm(length)],
    ['blk.0.ffn_gate.weight', squares],
    ['blk.0.ffn_up.weight', squares],
    ['blk.0.ffn_down.weight', sum]
  ])
}
