import { type CallResponse, isObject, readReasoning } from '@slm-audit/core/adapter'
import { member } from './member.ts'

type Scores = NonNullable<CallResponse['scores']>

/** What is particular about the calls of one kind of pipeline. */
export interface Task {
  /** OTel `gen_ai.operation.name`, or the task's own name where OTel has none. */
  operation(input: unknown): string
  /** Names of the arguments before the options. */
  readonly inputs: readonly string[]
  /** Whether its options reach `generate` of the model. */
  readonly generates?: boolean
  /** How often it runs its model, where that can be more than once. */
  runs?(args: readonly unknown[]): number
  /** Reads the result beyond what all have in common; without it the result is the output. */
  read?(result: unknown, args: readonly unknown[]): CallResponse
}

const generation: Task = {
  operation: (input) => (isChat(input) ? 'chat' : 'text_completion'),
  inputs: ['text'],
  generates: true,
  read: (result, [input]) => readGenerated(result, input)
}
const named = (operation: string, inputs: readonly string[], more: Partial<Task> = {}): Task => ({
  operation: () => operation,
  inputs,
  ...more
})
const labelled: Partial<Task> = {
  read: (result) => ({ output: result, scores: scoresOf(result, 'label') })
}

const tasks: { readonly [task: string]: Task } = {
  'text-generation': generation,
  'text2text-generation': generation,
  summarization: generation,
  translation: generation,
  'image-to-text': named('image_to_text', ['image'], { generates: true }),
  'document-question-answering': named('document_question_answering', ['image', 'question'], {
    generates: true
  }),
  'automatic-speech-recognition': named('transcription', ['audio'], { generates: true }),
  'feature-extraction': named('embeddings', ['text']),
  'image-feature-extraction': named('embeddings', ['image']),
  'text-classification': named('text_classification', ['text'], labelled),
  'audio-classification': named('audio_classification', ['audio'], labelled),
  'image-classification': named('image_classification', ['image'], labelled),
  'zero-shot-classification': named('zero_shot_classification', ['text', 'candidate_labels'], {
    runs: ([texts, labels]) => lengthOf(texts) * lengthOf(labels),
    read: (result) => ({ output: result, scores: zeroShotScores(result) })
  }),
  'zero-shot-image-classification': named(
    'zero_shot_image_classification',
    ['image', 'candidate_labels'],
    labelled
  ),
  'zero-shot-audio-classification': named(
    'zero_shot_audio_classification',
    ['audio', 'candidate_labels'],
    labelled
  ),
  'zero-shot-object-detection': named(
    'zero_shot_object_detection',
    ['image', 'candidate_labels'],
    labelled
  ),
  'object-detection': named('object_detection', ['image'], labelled),
  'token-classification': named('token_classification', ['text'], {
    read: (result) => ({
      output: result,
      scores: [...scoresOf(result, 'entity'), ...scoresOf(result, 'entity_group')]
    })
  }),
  // The answers are contents; a header must not repeat them, so their scores have no names.
  'question-answering': named('question_answering', ['question', 'context'], {
    read: (result) => ({ output: result, scores: scoresOf(result, undefined, 'answer') })
  }),
  'fill-mask': named('fill_mask', ['text'], {
    read: (result) => ({ output: result, scores: scoresOf(result, undefined, 'token') })
  })
}

/** The kind of a pipeline by its `task`; of unknown kinds the first argument is the input. */
export function taskOf(task: string): Task {
  const known = tasks[task] ?? tasks[task.split('_', 1)[0] ?? '']
  return known ?? named(task.replaceAll('-', '_'), ['input'])
}

/** Whether a value is a list of messages, as transformers.js decides it. */
function isChat(value: unknown): value is readonly object[] {
  if (!Array.isArray(value) || value.length === 0) return false
  if (value.every((one) => isChat(one))) return true
  return value.every((one) => isObject(one) && 'role' in one && 'content' in one)
}

/** The answer to a chat repeats the whole chat: the very messages that were there before are left out. */
function readGenerated(result: unknown, input: unknown): CallResponse {
  const chats = isChat(input) ? (Array.isArray(input[0]) ? input : [input]) : []
  const answers = Array.isArray(result) ? (result as readonly unknown[]) : [result]
  const batched = answers.every(Array.isArray)
  const output = chats.length === 0 ? result : withoutChat(answers, batched, chats)
  const messages = (batched ? answers.flat() : answers).map((answer) => {
    const generated = member(answer, 'generated_text')
    return Array.isArray(generated) ? generated.at(-1) : generated
  })
  const reasoning = readReasoning(messages)
  return { output, ...(reasoning && { reasoning }) }
}

function withoutChat(
  answers: readonly unknown[],
  batched: boolean,
  chats: readonly unknown[]
): unknown {
  const cut = (answer: unknown, chat: unknown): unknown => {
    const generated = member(answer, 'generated_text')
    if (!isObject(answer) || !Array.isArray(generated) || !Array.isArray(chat)) return answer
    if (chat.some((message, at) => generated[at] !== message)) return answer
    return { ...answer, generated_text: generated.slice(chat.length) }
  }
  if (!batched) return answers.map((answer) => cut(answer, chats[0]))
  return answers.map((list, at) =>
    Array.isArray(list) ? list.map((answer) => cut(answer, chats[at])) : list
  )
}

/** Scores of a result or of lists of them, each under the label beside it. */
function scoresOf(result: unknown, key: string | undefined, name = ''): Scores {
  if (Array.isArray(result)) return result.flatMap((one) => scoresOf(one, key, name))
  const score = member(result, 'score')
  const label = key === undefined ? name : member(result, key)
  return typeof score === 'number' && typeof label === 'string' ? [{ label, score }] : []
}

function zeroShotScores(result: unknown): Scores {
  if (Array.isArray(result)) return result.flatMap(zeroShotScores)
  const labels = member(result, 'labels')
  const scores = member(result, 'scores')
  if (!Array.isArray(labels) || !Array.isArray(scores)) return []
  return labels.flatMap((label: unknown, at) => {
    const score: unknown = scores[at]
    return typeof label === 'string' && typeof score === 'number' ? [{ label, score }] : []
  })
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1
}
