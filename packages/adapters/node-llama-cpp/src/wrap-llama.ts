import {
  AuditError,
  type AuditLog,
  checkWrapping,
  claim,
  replaceMethod
} from '@slm-audit/core/adapter'
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp'
import { recordCompletionsOn } from './later-completions.ts'
import { noteLora } from './lora-adapters.ts'
import type { WrapOptions } from './recorder.ts'
import { wrapLlamaCompletion } from './wrap-completion.ts'
import { wrapLlamaContextSequence } from './wrap-context-sequence.ts'
import { wrapLlamaDecisionContext } from './wrap-decision-context.ts'
import { wrapLlamaEmbeddingContext } from './wrap-embedding-context.ts'
import { wrapLlamaRankingContext } from './wrap-ranking-context.ts'

/** How `wrapLlama` treats what a method makes. */
type Wrap<Made> = (made: Made, args: readonly unknown[]) => unknown

/**
 * Wraps whatever is made from here on: the models that a `Llama` loads, the contexts of a model,
 * their sequences, and completions on these, so that each evaluation is recorded and a context's LoRA adapters are
 * known with their scale. The chats that the application constructs itself (`LlamaChatSession`,
 * `LlamaChat`) have functions of their own: without them, their calls are recorded
 * as evaluations of tokens. The object is changed in place and returned; wrapping it twice for one
 * log is harmless.
 *
 * An object that is frozen is reported as `client_unseen`.
 */
export function wrapLlama<Source extends Llama | LlamaModel>(
  source: Source,
  log: AuditLog,
  options: WrapOptions = {}
): Source {
  checkWrapping(log, source)
  if (!claim(source, log)) return source
  const wrap = <Made>(name: string, treat: Wrap<Made>) => wrapMade(source, name, log, treat)
  wrap('loadModel', (model: LlamaModel) => wrapLlama(model, log, options))
  wrap('createContext', (context: LlamaContext, [sent]) => {
    noteLora(context, sent)
    wrapMade(context, 'getSequence', log, (sequence: ReturnType<LlamaContext['getSequence']>) => {
      wrapLlamaContextSequence(sequence, log, options)
      recordCompletionsOn(sequence, log, options, wrapLlamaCompletion)
    })
  })
  wrap(
    'createEmbeddingContext',
    (context: Awaited<ReturnType<LlamaModel['createEmbeddingContext']>>) =>
      wrapLlamaEmbeddingContext(context, log, options)
  )
  wrap('createRankingContext', (context: Awaited<ReturnType<LlamaModel['createRankingContext']>>) =>
    wrapLlamaRankingContext(context, log, options)
  )
  wrap(
    'createDecisionContext',
    (context: Awaited<ReturnType<LlamaModel['createDecisionContext']>>) =>
      wrapLlamaDecisionContext(context, log, options)
  )
  return source
}

/** Treats what a method returns or resolves with; should that fail, the application has it as it is. */
function wrapMade<Made>(target: object, name: string, log: AuditLog, treat: Wrap<Made>): void {
  const treated = (made: unknown, args: readonly unknown[]) => {
    try {
      treat(made as Made, args)
    } catch (cause) {
      const message = `what ${name} made cannot be wrapped; its calls are not recorded`
      log.report(new AuditError('observer_failed', message, { cause }))
    }
    return made
  }
  replaceMethod(
    target,
    name,
    (original) =>
      function (this: unknown, ...args) {
        const made = original.apply(this, args)
        if (!(made instanceof Promise)) return treated(made, args)
        return made.then((value: unknown) => treated(value, args))
      },
    log
  )
}
