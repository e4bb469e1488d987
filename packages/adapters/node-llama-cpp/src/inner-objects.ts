import { isObject } from '@slm-audit/core/adapter'
import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp'

/**
 * The sequence that a completion or a context keeps to itself.
 *
 * Throws TypeError when there is none: the object is disposed of, or of an unknown version.
 */
export function sequenceOf(target: object, what: string): LlamaContextSequence {
  return innerOf(target, '_sequence', what) as LlamaContextSequence
}

/** The context below a context for decisions; throws as `sequenceOf`. */
export function contextOf(target: object, what: string): LlamaContext {
  return innerOf(target, '_llamaContext', what) as LlamaContext
}

function innerOf(target: object, name: string, what: string): object {
  const inner: unknown = Reflect.get(target, name)
  if (!isObject(inner)) throw new TypeError(`the ${what} has no ${name}; it is disposed of`)
  return inner
}
