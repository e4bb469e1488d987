import { type AuditLog, checkWrapping, claim } from '@slm-audit/core/adapter'
import type { LlamaEmbedding, LlamaEmbeddingContext } from 'node-llama-cpp'
import { Generation } from './generation.ts'
import { sequenceOf } from './inner-objects.ts'
import { recordMethod } from './record-method.ts'
import { Recorder, type WrapOptions } from './recorder.ts'
import { promptOf } from './tokens-with-text.ts'

/**
 * Records the vectors that an embedding context computes: `getEmbeddingFor`, with its input, the
 * vector as plain numbers, and the tokens that it took. The context is changed in place and
 * returned; wrapping it twice for one log is harmless.
 *
 * Throws the runtime's own error when the context is disposed of. One that is frozen is reported as `client_unseen`.
 */
export function wrapLlamaEmbeddingContext<Context extends LlamaEmbeddingContext>(
  context: Context,
  log: AuditLog,
  options: WrapOptions = {}
): Context {
  checkWrapping(log, context)
  const sequence = sequenceOf(context, 'embedding context')
  if (!claim(context, log)) return context
  const recorder = new Recorder(sequence, log, options)
  Generation.watch(sequence)
  const method = {
    name: 'getEmbeddingFor',
    request: ([input]: readonly unknown[]) =>
      recorder.request('embeddings', 'getEmbeddingFor', promptOf(input, sequence.model), undefined),
    read: ({ vector }: LlamaEmbedding) => ({
      output: Array.from(vector),
      details: { count: 1, dimensions: vector.length }
    })
  }
  recordMethod(context, method, recorder)
  return context
}
