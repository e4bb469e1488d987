import { type AuditLog, isObject } from '@slm-audit/core'
import type { LlamaCompletion, LlamaContextSequence } from 'node-llama-cpp'
import { claim } from './claim.ts'
import { Generation } from './generation.ts'
import { recordAnswers } from './record-answer.ts'
import { Recorder, type WrapOptions } from './recorder.ts'
import { readStop } from './wrap-chat-session.ts'

/**
 * Records what a completion is given and generates: `generateCompletion`,
 * `generateInfillCompletion` and their `WithMeta` forms, each call once. The completion is changed
 * in place and returned; wrapping it twice for one log is harmless.
 *
 * Throws TypeError when the completion is frozen or disposed of.
 */
export function wrapLlamaCompletion<Completion extends LlamaCompletion>(
  completion: Completion,
  log: AuditLog,
  options: WrapOptions = {}
): Completion {
  const sequence = sequenceOf(completion)
  if (!claim(completion, log)) return completion
  const recorder = new Recorder(sequence, log, options)
  Generation.watch(sequence)
  const shared = {
    chunks: 'onTextChunk',
    read: ({ response, metadata, ...meta }: { readonly [name: string]: unknown }) => ({
      output: response,
      ...readStop(isObject(metadata) ? metadata : meta)
    })
  } as const
  const completionMethod = {
    ...shared,
    name: 'generateCompletionWithMeta',
    short: 'generateCompletion',
    optionsAt: 1,
    request: ([input]: readonly unknown[], sent: unknown) =>
      recorder.request('text_completion', 'generateCompletion', input, sent)
  }
  const infillMethod = {
    ...shared,
    name: 'generateInfillCompletionWithMeta',
    short: 'generateInfillCompletion',
    optionsAt: 2,
    request: ([prefix, suffix]: readonly unknown[], sent: unknown) =>
      recorder.request('text_completion', 'generateInfillCompletion', { prefix, suffix }, sent)
  }
  recordAnswers(completion, completionMethod, recorder)
  recordAnswers(completion, infillMethod, recorder)
  return completion
}

function sequenceOf(completion: LlamaCompletion): LlamaContextSequence {
  const sequence: unknown = Reflect.get(completion, '_sequence')
  if (!isObject(sequence)) throw new TypeError('the completion has no sequence; it is disposed of')
  return sequence as unknown as LlamaContextSequence
}
