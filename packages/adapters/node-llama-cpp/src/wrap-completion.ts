import { type AuditLog, checkWrapping, claim, isObject } from '@slm-audit/core/adapter'
import type { LlamaCompletion, LlamaContextSequence } from 'node-llama-cpp'
import { Generation } from './generation.ts'
import { sequenceOf } from './inner-objects.ts'
import { watchersOf } from './later-completions.ts'
import { readParts } from './read-parts.ts'
import { readStop } from './read-stop.ts'
import { recordAnswers } from './record-answer.ts'
import { Recorder, type WrapOptions } from './recorder.ts'
import { promptOf } from './tokens-with-text.ts'

/**
 * Records what a completion is given and generates: `generateCompletion`,
 * `generateInfillCompletion` and their `WithMeta` forms, each call once. The completion is changed
 * in place and returned; wrapping it twice for one log is harmless.
 *
 * Throws the runtime's own error when the completion is disposed of. One that is frozen is reported as `client_unseen`.
 */
export function wrapLlamaCompletion<Completion extends LlamaCompletion>(
  completion: Completion,
  log: AuditLog,
  options: WrapOptions = {}
): Completion {
  checkWrapping(log, completion)
  const sequence = sequenceOf(completion, 'completion')
  for (const [one, given] of [[log, options] as const, ...watchersOf(sequence)]) {
    if (claim(completion, one)) recordCompletion(completion, sequence, one, given)
  }
  return completion
}

function recordCompletion(
  completion: LlamaCompletion,
  sequence: LlamaContextSequence,
  log: AuditLog,
  options: WrapOptions
): void {
  const recorder = new Recorder(sequence, log, options)
  Generation.watch(sequence)
  const prompt = (value: unknown) => promptOf(value, sequence.model)
  const shared = {
    chunks: 'onTextChunk',
    read: ({ response, metadata, ...meta }: { readonly [name: string]: unknown }) => ({
      ...readParts([response]),
      ...readStop(isObject(metadata) ? metadata : meta)
    })
  } as const
  const completionMethod = {
    ...shared,
    name: 'generateCompletionWithMeta',
    short: 'generateCompletion',
    optionsAt: 1,
    request: ([input]: readonly unknown[], sent: unknown) =>
      recorder.request('text_completion', 'generateCompletion', prompt(input), sent)
  }
  const infillMethod = {
    ...shared,
    name: 'generateInfillCompletionWithMeta',
    short: 'generateInfillCompletion',
    optionsAt: 2,
    request: ([prefix, suffix]: readonly unknown[], sent: unknown) => {
      const input = { prefix: prompt(prefix), suffix: prompt(suffix) }
      return recorder.request('text_completion', 'generateInfillCompletion', input, sent)
    }
  }
  recordAnswers(completion, completionMethod, recorder)
  recordAnswers(completion, infillMethod, recorder)
}
