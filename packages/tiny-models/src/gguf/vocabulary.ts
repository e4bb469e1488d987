import type { Topic } from './corpus.ts'

/** Token kinds of the GGUF key `tokenizer.ggml.token_type`. */
export const tokenType = { normal: 1, unknown: 2, control: 3 } as const

/** The control tokens of the tiny model, at the ids of their position here. */
export const controlTokens = ['<unk>', '<s>', '</s>', '<|system|>', '<|user|>', '<|assistant|>']

/** The words and marks of a text; a word keeps the space before it. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/ ?[A-Za-z]+|[^A-Za-z ]/g) ?? []
}

/**
 * All tokens of the model by id: control tokens, the printable ASCII characters (any other text
 * falls apart into these, or into `<unk>`), then the whole words of the topics.
 */
export function vocabularyOf(topics: readonly Topic[]): readonly string[] {
  const characters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
  const texts = topics.flatMap((topic) => [...topic.questions, topic.answer])
  return [...new Set([...controlTokens, '\n', ...characters, ...texts.flatMap(wordsOf)])]
}
