import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { corpus, type Topic } from './gguf/corpus.ts'
import { encodeGguf, type GgufValue } from './gguf/gguf.ts'
import { shape, tensorsOf } from './gguf/language-model.ts'
import { loraMetadata, loraTensors } from './gguf/lora.ts'
import { rankerShape, rankerTensors } from './gguf/ranker.ts'
import { controlTokens, tokenType, vocabularyOf } from './gguf/vocabulary.ts'

/** A GGUF file that {@link writeTinyModel} or one of its like wrote or found. */
export interface TinyModelFile {
  /** The path as given. */
  readonly path: string
  /** Size of the file in bytes. */
  readonly bytes: number
  /** SHA-256 of the file, in lower-case hexadecimal. */
  readonly sha256: string
}

export type { Topic } from './gguf/corpus.ts'

/** What a model knows, and what it is called. */
export interface TinyModelOptions {
  /** Up to 16; the last one is what it says to a question that it does not understand. */
  readonly topics?: readonly Topic[]
  readonly name?: string
}

/** A question that the tiny model knows the answer to. */
export const tinyModelPrompt = 'What does an audit log keep?'

const chatTemplate =
  "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '</s>' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"

/**
 * Writes a language model small enough for tests and demonstrations: a real llama in GGUF, F16,
 * that answers questions about audit logs in one or two sentences and then ends its turn. It is
 * counted from the text in `gguf/corpus.ts`, or from other topics, so it needs no download and no licence, and its bytes are the
 * same each time. A file that already holds these bytes is left alone; directories are created.
 *
 * Rejects with the error of the file system if `path` cannot be written.
 */
export function writeTinyModel(
  path: string,
  { topics = corpus, name = 'slm-audit tiny' }: TinyModelOptions = {}
): Promise<TinyModelFile> {
  return write(path, tinyModel(topics, name))
}

/**
 * Writes a model that ranks: a real qwen3 in GGUF with a classifier, for which a text is relevant when it and
 * the query speak for one topic of the corpus. Otherwise as {@link writeTinyModel}.
 */
export function writeTinyRanker(path: string): Promise<TinyModelFile> {
  return write(path, tinyRanker())
}

/**
 * Writes a LoRA adapter in GGUF for the model of {@link writeTinyModel}, which then no longer says
 * "every"; at scale 0 it changes nothing. Otherwise as {@link writeTinyModel}.
 */
export function writeTinyLora(path: string): Promise<TinyModelFile> {
  const tensors = loraTensors(corpus, vocabularyOf(corpus))
  return write(path, encodeGguf(new Map(Object.entries(loraMetadata)), tensors))
}

async function write(path: string, bytes: Uint8Array): Promise<TinyModelFile> {
  const existing = await readFile(path).catch(() => undefined)
  if (!existing?.equals(bytes)) await replaceFile(path, bytes)
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Other processes see the old file or the new one, never a part. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, bytes)
  await rename(temporary, path)
}

function tinyModel(topics: readonly Topic[], name: string): Uint8Array {
  const vocabulary = vocabularyOf(topics)
  const tensors = tensorsOf(topics, vocabulary)
  const embeddingLength = tensors.get('output_norm.weight')?.columns ?? 0
  const metadata = {
    ...general('llama', name),
    ...sizes('llama', shape, embeddingLength),
    'llama.rope.dimension_count': uint32(shape.headSize),
    'llama.rope.freq_base': { type: 'float32', value: shape.ropeBase } as const,
    ...tokenizer(vocabulary)
  }
  return encodeGguf(new Map(Object.entries(metadata)), tensors)
}

function tinyRanker(): Uint8Array {
  const vocabulary = vocabularyOf(corpus)
  const tensors = rankerTensors(corpus, vocabulary)
  const metadata = {
    ...general('qwen3', 'slm-audit tiny ranker'),
    ...sizes('qwen3', rankerShape, tensors.get('output_norm.weight')?.columns ?? 0),
    'qwen3.pooling_type': uint32(rankPooling),
    'qwen3.classifier.output_labels': { type: 'strings', value: ['yes', 'no'] } as const,
    ...tokenizer(vocabulary)
  }
  return encodeGguf(new Map(Object.entries(metadata)), tensors)
}

/** `LLAMA_POOLING_TYPE_RANK` of llama.cpp. */
const rankPooling = 4

const uint32 = (value: number): GgufValue => ({ type: 'uint32', value })

function general(architecture: string, name: string): Record<string, GgufValue> {
  return {
    'general.architecture': { type: 'string', value: architecture },
    'general.name': { type: 'string', value: name },
    'general.file_type': uint32(1)
  }
}

function sizes(
  architecture: string,
  { layers, feedForward, heads, headSize }: typeof rankerShape,
  embeddingLength: number
): Record<string, GgufValue> {
  return {
    [`${architecture}.context_length`]: uint32(2048),
    [`${architecture}.embedding_length`]: uint32(embeddingLength),
    [`${architecture}.block_count`]: uint32(layers),
    [`${architecture}.feed_forward_length`]: uint32(feedForward),
    [`${architecture}.attention.head_count`]: uint32(heads),
    [`${architecture}.attention.key_length`]: uint32(headSize),
    [`${architecture}.attention.value_length`]: uint32(headSize),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: { type: 'float32', value: 1e-5 }
  }
}

function tokenizer(vocabulary: readonly string[]): Record<string, GgufValue> {
  const kinds = vocabulary.map((text) => {
    if (text === '<unk>') return tokenType.unknown
    return controlTokens.includes(text) ? tokenType.control : tokenType.normal
  })
  const id = (text: string): GgufValue => ({ type: 'uint32', value: vocabulary.indexOf(text) })
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'rwkv' },
    'tokenizer.ggml.tokens': { type: 'strings', value: vocabulary },
    'tokenizer.ggml.token_type': { type: 'int32s', value: kinds },
    'tokenizer.ggml.bos_token_id': id('<s>'),
    'tokenizer.ggml.eos_token_id': id('</s>'),
    'tokenizer.ggml.unknown_token_id': id('<unk>'),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
    'tokenizer.chat_template': { type: 'string', value: chatTemplate }
  }
}
