import { anthropicMessages } from '@slm-audit/anthropic'
import { type CallResponse, isObject } from '@slm-audit/core/adapter'
import { openaiChat } from '@slm-audit/openai'
import { completionFamily } from './completion-fold.ts'
import { finishConverse, startConverse, stepConverse } from './converse-fold.ts'
import type { Family } from './family.ts'
import { METRICS } from './read-completion.ts'
import { readConverse } from './read-converse.ts'

/** The events of an invoked model's stream, whose first one says whose they are. */
export interface InvokeFold {
  family?: Family
  fold?: unknown
  /** Events before the family is known. */
  readonly events: unknown[]
  /** The last event's `amazon-bedrock-invocationMetrics`, which Bedrock adds. */
  metrics: unknown
}

/** Nova's events are Converse's, each under its name. */
const nova: Family = {
  start: startConverse,
  step: (fold, event) => {
    for (const [name, value] of Object.entries(isObject(event) ? event : {})) {
      stepConverse(fold as ReturnType<typeof startConverse>, value, name)
    }
    return fold
  },
  finish: (fold): CallResponse =>
    readConverse(finishConverse(fold as ReturnType<typeof startConverse>))
}

/** Folds one event. */
export function stepInvoke(fold: InvokeFold, event: unknown): InvokeFold {
  if (!isObject(event)) return fold
  if (event[METRICS] !== undefined) fold.metrics = event
  if (fold.family === undefined) {
    fold.family = familyOf(event)
    fold.fold = fold.family.start()
  }
  fold.fold = fold.family.step(fold.fold, event)
  return fold
}

function familyOf(event: { readonly [name: string]: unknown }): Family {
  if (typeof event.type === 'string') return anthropicMessages as Family
  if (Object.keys(event).some((name) => /^(message|contentBlock)(Start|Delta)$/.test(name))) {
    return nova
  }
  const [choice] = Array.isArray(event.choices) ? event.choices : []
  return isObject(choice) && 'delta' in choice ? (openaiChat as Family) : completionFamily
}
