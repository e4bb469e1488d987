import { type AuditLog, logsOf, replaceMethod } from '@slm-audit/core/adapter'
import { LlamaCompletion, type LlamaContextSequence } from 'node-llama-cpp'
import type { WrapOptions } from './recorder.ts'

type Wrap = (completion: LlamaCompletion, log: AuditLog, options: WrapOptions) => unknown

const METHODS = [
  'generateCompletion',
  'generateCompletionWithMeta',
  'generateInfillCompletion',
  'generateInfillCompletionWithMeta'
] as const

const watching = new WeakMap<object, Map<AuditLog, WrapOptions>>()
let isWatched = false

/** The logs that watch a sequence because they watch its model, with what they were given. */
export function watchersOf(sequence: object): ReadonlyMap<AuditLog, WrapOptions> {
  return watching.get(sequence) ?? new Map()
}

/**
 * Has the completions that the application makes on a sequence wrapped, by `wrap`, when they are first used. A sequence alone
 * does not hear why a completion leaves it: at its end, at a limit, or aborted. Methods of the class see to it, which
 * leave completions on other sequences alone.
 */
export function recordCompletionsOn(
  sequence: LlamaContextSequence,
  log: AuditLog,
  options: WrapOptions,
  wrap: Wrap
): void {
  watching.set(sequence, new Map([...watchersOf(sequence), [log, options]]))
  if (isWatched) return
  isWatched = true
  for (const name of METHODS) {
    replaceMethod(
      LlamaCompletion.prototype,
      name,
      (original) =>
        function (this: unknown, ...args) {
          const completion = this as LlamaCompletion
          if (!wrapNow(completion, wrap)) return original.apply(this, args)
          return Reflect.apply(completion[name], completion, args)
        }
    )
  }
}

/** Whether a completion has been wrapped just now, for all that watch its sequence; one is wrapped once. */
function wrapNow(completion: LlamaCompletion, wrap: Wrap): boolean {
  const sequence: unknown = Reflect.get(completion, '_sequence')
  const [first] = watchersOf(Object(sequence))
  if (first === undefined || logsOf(completion).size > 0) return false
  wrap(completion, ...first)
  return true
}
