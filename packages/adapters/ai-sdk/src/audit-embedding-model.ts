import {
  type AuditLog,
  checkWrapping,
  isObject,
  readUsage,
  withRest,
  wrapMethod
} from '@slm-audit/core/adapter'
import { type ModelInfo, readEmbeddingRequest } from './read-request.ts'
import { reportUntestedSdk } from './report-untested-sdk.ts'

/** Headers are no part of an answer, here as on the wire, and the provider's own answer has the vectors once more. */
const IGNORED = { structure: ['/response/headers', '/response/body'] }

/** The SDK puts NaN where the provider counted none. */
const UNCOUNTED = { ...IGNORED, structure: [...IGNORED.structure, '/usage/tokens'] }

/** What of an embedding model is used; those of all majors have it. */
interface EmbeddingModel extends ModelInfo {
  doEmbed(...args: never[]): PromiseLike<unknown>
}

/**
 * Records the calls of an embedding model of the AI SDK, in place, and returns the same model: one
 * record for each request, so several for an `embedMany` that is split. AI SDK 5, 6 and 7.
 *
 * Throws TypeError when the model cannot be changed.
 */
export function auditEmbeddingModel<M extends EmbeddingModel>(model: M, log: AuditLog): M {
  checkWrapping(log, model)
  reportUntestedSdk(log)
  return wrapMethod(log, model, 'doEmbed', {
    nested: 'below',
    readRequest: ([params]: unknown[]) =>
      readEmbeddingRequest(model, isObject(params) ? params : {}),
    readResult: (result: unknown) => {
      if (!isObject(result)) return {}
      const { embeddings, usage, providerMetadata } = result
      const counted = embeddingUsage(usage)
      const answer = {
        output: embeddings,
        ...(counted && { usage: counted }),
        ...(isObject(providerMetadata) && { details: { providerMetadata } })
      }
      const isUncounted = isObject(usage) && Number.isNaN(usage.tokens)
      return withRest(answer, [result], isUncounted ? UNCOUNTED : IGNORED)
    }
  })
}

/** The SDK counts one kind of tokens, and puts NaN where the provider counted none. */
export function embeddingUsage(raw: unknown): ReturnType<typeof readUsage> {
  if (!isObject(raw) || !Number.isSafeInteger(raw.tokens)) return undefined
  return { ...readUsage({ inputTokens: raw.tokens }), raw }
}
