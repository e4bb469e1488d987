import { foldDelta, isObject } from '@slm-audit/core/adapter'
import type { Family } from './family.ts'
import { readCompletion } from './read-completion.ts'

type Fields = { [name: string]: unknown }

/** Members of an event that are texts in pieces: Llama's, Titan's, Cohere's and Mistral's. */
const PIECES = new Set(['generation', 'outputText', 'text'])

/** Completions, whose events look like the answer in one piece. */
export const completionFamily: Family = {
  start: () => ({}),
  step(fold, event) {
    if (isObject(event)) foldDelta(fold as Fields, indexed(event), PIECES)
    return fold
  },
  finish: readCompletion
}

/** Mistral's outputs do not say which one they continue: it is the one in the same place. */
function indexed(event: Fields): Fields {
  const { outputs } = event
  if (!Array.isArray(outputs)) return event
  const named = outputs.map((one, index) => (isObject(one) ? { index, ...one } : one))
  return { ...event, outputs: named }
}
