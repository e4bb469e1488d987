import type { Topic } from './corpus.ts'
import { Counts } from './counts.ts'
import type { Tensor } from './gguf.ts'
import { wordsOf } from './vocabulary.ts'

/** The sizes llama.cpp reads from the metadata. `headSize` also bounds topics and buckets. */
export const shape = { layers: 2, heads: 2, headSize: 16, feedForward: 4, ropeBase: 10_000 }

const { headSize } = shape

/** Where a token's parts lie in its embedding; what heads write comes after what they read. */
export const dimension = {
  /** The same large number for all tokens, so that normalising hardly changes the others. */
  anchor: 0,
  /** 1 where somebody begins to speak, and 1 if that is the one who asks. */
  turn: 1,
  asker: 2,
  /** How much the token says about the topic (0 to 1), and about which. */
  clarity: 3,
  hint: 4,
  /** Written by the heads: whether the token is part of a question, the topic asked for, ... */
  asked: 4 + headSize,
  topic: 5 + headSize,
  /** ... and the word before and the one before that, each reduced to a bucket. */
  before: 5 + 2 * headSize,
  earlier: 5 + 3 * headSize,
  /** One dimension per word that can come before another; the first is for all other tokens. */
  word: 5 + 4 * headSize
}

/** The number at `dimension.anchor` in every embedding. */
export const anchor = 32

/** The score of a token that is in no answer, far below all others. */
const never = -30
const assistant = '<|assistant|>'
const end = '</s>'

/** A tensor that starts as equal numbers. */
export class Matrix implements Tensor {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array

  constructor(rows: number, columns: number, value = 0) {
    this.rows = rows
    this.columns = columns
    this.values = new Float32Array(rows * columns).fill(value)
  }

  set(row: number, column: number, value: number): void {
    this.values[row * this.columns + column] = value
  }
}

/**
 * The tensors of a two-layer llama that is a naive Bayes model: it adds up the log-probabilities of
 * the next word given the current word, the two words before it, and the topic asked for. All of
 * them are counted in `topics`; nothing is trained, and the feed-forward part stays zero.
 *
 * Layer 0 finds out who is speaking, and the word before. Layer 1 finds the topic, in the nearest
 * question, and the word before that.
 */
export function tensorsOf(
  topics: readonly Topic[],
  vocabulary: readonly string[]
): ReadonlyMap<string, Tensor> {
  const words = wordSlots(topics)
  const length = lengthFor(words)
  const before: Head = lookBack(1, words, (slot) => slot % headSize, dimension.before)
  const earlier: Head = lookBack(2, words, (slot) => slot % headSize, dimension.earlier)
  return new Map<string, Tensor>([
    ['token_embd.weight', embedding(topics, vocabulary, words, length)],
    ...layer(0, length, [findAsker, before]),
    ...layer(1, length, [findTopic, earlier]),
    ['output_norm.weight', norm(length)],
    ['output.weight', output(topics, vocabulary, words, length)]
  ])
}

/** The numbers in an embedding. */
export function lengthFor(words: ReadonlyMap<string, number>): number {
  return Math.ceil((dimension.word + words.size + 1) / 16) * 16
}

/** The dimension, after the first of all, that stands for each word of the answers. */
export function wordSlots(topics: readonly Topic[]): ReadonlyMap<string, number> {
  const words = topics.flatMap((topic) => wordsOf(topic.answer))
  return new Map([end, assistant, ...new Set(words)].map((word, index) => [word, index + 1]))
}

/** The embeddings of all tokens: what each is, and which topics it speaks for. */
export function embedding(
  topics: readonly Topic[],
  vocabulary: readonly string[],
  words: ReadonlyMap<string, number>,
  length: number
): Matrix {
  const matrix = new Matrix(vocabulary.length, length)
  for (const [token, text] of vocabulary.entries()) {
    matrix.set(token, dimension.anchor, anchor)
    matrix.set(token, dimension.word + (words.get(text) ?? 0), 1)
    matrix.set(token, dimension.turn, /^<[s|]/.test(text) ? 1 : 0)
    matrix.set(token, dimension.asker, text === '<|user|>' || text === '<s>' ? 1 : 0)
    const { clarity, hints } = hintsOf(text, topics)
    matrix.set(token, dimension.clarity, clarity)
    for (const topic of hints) matrix.set(token, dimension.hint + topic, 1 / hints.length)
  }
  return matrix
}

/** The topics a token speaks for, and how clearly: 1 for a single one, 0 for all or none. */
function hintsOf(text: string, topics: readonly Topic[]) {
  if (text === '<|user|>') return { clarity: 0.25, hints: [topics.length - 1] }
  const asking = topics.map((topic) => topic.questions.flatMap(wordsOf).includes(text))
  const answering = topics.map((topic) => wordsOf(topic.answer).includes(text))
  const speaking = asking.includes(true) ? asking : answering
  const hints = [...speaking.keys()].filter((topic) => speaking[topic])
  const clarity = hints.length && 1 - Math.log(hints.length) / Math.log(topics.length)
  return { clarity, hints }
}

/** One attention head: fills its rows of the four matrices, `row` being the first of them. */
type Head = (attention: Attention, row: number) => void

interface Attention {
  readonly queries: Matrix
  readonly keys: Matrix
  readonly values: Matrix
  readonly output: Matrix
}

function layer(index: number, length: number, heads: readonly Head[]): [string, Tensor][] {
  const size = heads.length * headSize
  const attention = {
    queries: new Matrix(size, length),
    keys: new Matrix(size, length),
    values: new Matrix(size, length),
    output: new Matrix(length, size)
  }
  for (const [place, head] of heads.entries()) head(attention, place * headSize)
  const { feedForward } = shape
  return [
    [`blk.${index}.attn_norm.weight`, norm(length)],
    [`blk.${index}.attn_q.weight`, attention.queries],
    [`blk.${index}.attn_k.weight`, attention.keys],
    [`blk.${index}.attn_v.weight`, attention.values],
    [`blk.${index}.attn_output.weight`, attention.output],
    [`blk.${index}.ffn_norm.weight`, norm(length)],
    [`blk.${index}.ffn_gate.weight`, new Matrix(feedForward, length)],
    [`blk.${index}.ffn_up.weight`, new Matrix(feedForward, length)],
    [`blk.${index}.ffn_down.weight`, new Matrix(length, feedForward)]
  ]
}

/** Undoes what normalising does to an embedding whose length is about `anchor`. */
export const norm = (length: number) => new Matrix(1, length, anchor / Math.sqrt(length))

/** The turn per token of a pair of dimensions of a head, in radians (rotary embedding). */
const frequency = (pair: number) => shape.ropeBase ** ((-2 * pair) / headSize)

/** A query that is the same for all tokens; attention divides by the root of the head size. */
const constantQuery = (strength: number) => (strength * Math.sqrt(headSize)) / anchor

/** Fast pairs agree on one distance only: the head sees just the token so many places back. */
function lookBack(
  distance: number,
  words: ReadonlyMap<string, number>,
  bucketOf: (slot: number) => number,
  target: number
): Head {
  return ({ queries, keys, values, output }, row) => {
    for (const pair of [0, 1, 2, 3]) {
      const angle = distance * frequency(pair)
      queries.set(row + 2 * pair, dimension.anchor, constantQuery(60))
      keys.set(row + 2 * pair, dimension.anchor, Math.cos(angle) / anchor)
      keys.set(row + 2 * pair + 1, dimension.anchor, Math.sin(angle) / anchor)
    }
    for (const slot of words.values()) values.set(row + bucketOf(slot), dimension.word + slot, 1)
    for (let bucket = 0; bucket < headSize; bucket++) output.set(target + bucket, row + bucket, 1)
  }
}

/** Slow pairs turn little in hundreds of tokens: the head prefers near tokens to distant ones. */
function lookFor(
  sought: Readonly<Record<number, number>>,
  source: number,
  target: number,
  count: number
): Head {
  return ({ queries, keys, values, output }, row) => {
    for (const pair of [4, 5]) {
      queries.set(row + 2 * pair, dimension.anchor, constantQuery(1))
      for (const [index, strength] of Object.entries(sought)) {
        keys.set(row + 2 * pair, Number(index), strength)
      }
    }
    for (let index = 0; index < count; index++) {
      values.set(row + index, source + index, 1)
      output.set(target + index, row + index, 1)
    }
  }
}

const findAsker = lookFor({ [dimension.turn]: 200 }, dimension.asker, dimension.asked, 1)

const findTopic = lookFor(
  { [dimension.asked]: 200, [dimension.clarity]: 25 },
  dimension.hint,
  dimension.topic,
  headSize
)
/** Below 1, so that the model is less sure of itself than of its counts. */
const weight = { word: 0.7, before: 0.5, earlier: 0.3, topic: 0.7 }

function output(
  topics: readonly Topic[],
  vocabulary: readonly string[],
  words: ReadonlyMap<string, number>,
  length: number
): Matrix {
  const counts = count(topics, words)
  const matrix = new Matrix(vocabulary.length, length)
  for (const [token, text] of vocabulary.entries()) {
    if (counts.overall.times(0, text) === 0) {
      matrix.set(token, dimension.anchor, never / anchor)
      continue
    }
    const prior = (weight.before + weight.earlier + weight.topic) * counts.overall.logShare(0, text)
    matrix.set(token, dimension.anchor, -prior / anchor)
    for (let slot = 0; slot <= words.size; slot++) {
      matrix.set(token, dimension.word + slot, weight.word * counts.word.logShare(slot, text))
    }
    for (let index = 0; index < headSize; index++) {
      for (const part of ['before', 'earlier', 'topic'] as const) {
        const share = counts[part].logShare(index, text)
        matrix.set(token, dimension[part] + index, weight[part] * share)
      }
    }
  }
  return matrix
}

function count(topics: readonly Topic[], words: ReadonlyMap<string, number>) {
  const counts = {
    overall: new Counts(),
    word: new Counts(),
    before: new Counts(),
    earlier: new Counts(),
    topic: new Counts()
  }
  const slotOf = (word: string) => words.get(word) ?? 0
  for (const [index, topic] of topics.entries()) {
    let [earlier, before, current] = [0, slotOf(end), slotOf(assistant)]
    for (const next of [...wordsOf(topic.answer), end]) {
      counts.overall.add(0, next)
      counts.word.add(current, next)
      counts.before.add(before % headSize, next)
      counts.earlier.add(earlier % headSize, next)
      counts.topic.add(index, next)
      earlier = before
      before = current
      current = slotOf(next)
    }
  }
  return counts
}
