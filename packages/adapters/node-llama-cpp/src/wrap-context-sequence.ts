import {
  type AuditLog,
  checkWrapping,
  claim,
  isObject,
  readNow,
  replaceMethod
} from '@slm-audit/core/adapter'
import type { LlamaContextSequence } from 'node-llama-cpp'
import { controlledRequest, readControlled } from './controlled-evaluation.ts'
import { Evaluation } from './evaluation.ts'
import { type ChosenToken, Generation } from './generation.ts'
import { Recorder, type WrapOptions } from './recorder.ts'

/** Sequences that predict for others: what they evaluate is part of the others' calls. */
const drafts = new WeakSet<LlamaContextSequence>()

/**
 * Records what a sequence evaluates: `evaluate` and `evaluateWithMetadata`, from the first token
 * that is asked for, and `controlledEvaluate`. Evaluations for a chat session or completion that
 * is wrapped for the same log are part of its record; those of a draft sequence that predicts its
 * tokens are not recorded. The sequence is changed in place and returned; wrapping it twice for
 * one log is harmless.
 *
 * A sequence that is frozen is reported as `client_unseen`.
 */
export function wrapLlamaContextSequence<Sequence extends LlamaContextSequence>(
  sequence: Sequence,
  log: AuditLog,
  options: WrapOptions = {}
): Sequence {
  checkWrapping(log, sequence)
  if (!claim(sequence, log)) return sequence
  const recorder = new Recorder(sequence, log, options)
  noteDraft(sequence)
  const isOwnCall = () =>
    log.isRecording && !drafts.has(sequence) && !Generation.isWithin(sequence, log)
  // `evaluate` calls this method when its first token is asked for.
  replaceMethod(
    sequence,
    'evaluateWithMetadata',
    (original) =>
      function (this: unknown, ...args) {
        const answer = original.apply(this, args)
        if (!isOwnCall()) return answer
        return new Evaluation(recorder, args).tap(answer as AsyncGenerator<ChosenToken>)
      },
    log
  )
  replaceMethod(
    sequence,
    'controlledEvaluate',
    (original) =>
      function (this: unknown, ...args) {
        if (!isOwnCall()) return original.apply(this, args)
        const [input, settings] = args
        return log.record(
          readNow(() => controlledRequest(recorder, input, settings)),
          () => original.apply(this, args),
          (outputs) => readControlled(outputs, sequence.model)
        )
      },
    log
  )
  return sequence
}

function noteDraft({ tokenPredictor }: LlamaContextSequence): void {
  const draft: unknown = isObject(tokenPredictor) && tokenPredictor.draftSequence
  if (isObject(draft)) drafts.add(draft as unknown as LlamaContextSequence)
}
