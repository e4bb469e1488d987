import { type AuditLog, checkWrapping, claim } from '@slm-audit/core/adapter'
import type { LlamaDecisionContext } from 'node-llama-cpp'
import { recordDecisions } from './decisions.ts'
import { contextOf } from './inner-objects.ts'
import { Recorder, type WrapOptions } from './recorder.ts'

/**
 * Records the questions about a document that a decision context answers: `decide` and
 * `decideWithMeta`, each call once, with how sure the model is of each answer. The context is
 * changed in place and returned; wrapping it twice for one log is harmless.
 *
 * Throws the runtime's own error when the context is disposed of. One that is frozen is reported as `client_unseen`.
 */
export function wrapLlamaDecisionContext<Context extends LlamaDecisionContext>(
  context: Context,
  log: AuditLog,
  options: WrapOptions = {}
): Context {
  checkWrapping(log, context)
  const inner = contextOf(context, 'decision context')
  if (!claim(context, log)) return context
  const recorder = new Recorder({ context: inner, model: context.model }, log, options)
  recordDecisions(log, context, {
    name: 'decideWithMeta',
    optionsAt: 2,
    request: ([document, questions, sent]) =>
      recorder.request('decide', 'decide', { document, questions }, sent)
  })
  return context
}
