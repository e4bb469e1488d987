import { corpus } from '../gguf/corpus.ts'
import { Counts } from '../gguf/counts.ts'
import { vocabulary, wordsOf } from './tokenizer.ts'

/** A table with one row for each token. */
export interface Table {
  readonly columns: number
  readonly values: Float32Array
}

const id = (token: string) => vocabulary.indexOf(token)

/** Rows that are zero but for the tokens given here. */
export function sparseTable(
  columns: number,
  rows: { readonly [token: string]: readonly number[] }
): Table {
  const values = new Float32Array(vocabulary.length * columns)
  for (const [token, row] of Object.entries(rows)) values.set(row, id(token) * columns)
  return { columns, values }
}

/**
 * Log shares of the token that comes `distance` after each token in the answers of the corpus,
 * each of which follows the token `beginning`.
 */
export function followers(beginning: string, distance: number): Table {
  const counts = new Counts()
  for (const { answer } of corpus) {
    const words = [beginning, ...wordsOf(answer), '<eos>']
    words.forEach((word, at) => {
      const next = words[at + distance]
      if (next !== undefined) counts.add(id(word), next)
    })
  }
  const columns = vocabulary.length
  const values = new Float32Array(columns ** 2)
  for (let given = 0; given < columns; given++) {
    vocabulary.forEach((next, at) => {
      values[given * columns + at] = counts.logShare(given, next)
    })
  }
  return { columns, values }
}

/** How much each token asks for each topic: rare words more than common ones. */
export function topicHints(): Table {
  const asked = corpus.map(({ questions }) => new Set(questions.flatMap(wordsOf)))
  const rows = vocabulary.flatMap((token) => {
    const count = asked.filter((words) => words.has(token)).length
    return asked.map((words) => (words.has(token) ? 1 / count ** 2 : 0))
  })
  return { columns: corpus.length, values: Float32Array.from(rows) }
}

/** How much more likely each topic makes each token; one row per topic. */
export function topicAnswers(strength: number): Table {
  const rows = corpus.flatMap(({ answer }) => {
    const words = new Set(wordsOf(answer))
    return vocabulary.map((token) => (words.has(token) ? strength : 0))
  })
  return { columns: vocabulary.length, values: Float32Array.from(rows) }
}
