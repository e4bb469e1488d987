import { type AuditLog, replaceMethod } from '@slm-audit/core/adapter'
import { Generation } from './generation.ts'
import { member } from './member.ts'
import { countTokens } from './plain.ts'

/** The tokens that the model itself was given during one call of a pipeline. */
export class InputCount {
  /** Whether `generate` of the model would be told by a streamer of ours. */
  readonly generates: boolean
  /** How often the model ran. */
  runs = 0
  #tokens: number | undefined = 0

  constructor(generates: boolean) {
    this.generates = generates
  }

  /** `undefined` where an input was not tokens. */
  get tokens(): number | undefined {
    return this.runs > 0 ? this.#tokens : undefined
  }

  /** Adds one run of the model. */
  add(inputs: unknown): void {
    this.runs++
    const tokens = countTokens(inputs)
    this.#tokens =
      tokens === undefined || this.#tokens === undefined ? undefined : this.#tokens + tokens
  }
}

const counting = new Map<string, InputCount>()
const logs = new WeakMap<object, Set<AuditLog>>()

/** Counts the tokens given to watched models inside the call, until the returned function runs. */
export function countInputs(auditId: string, count: InputCount): () => void {
  counting.set(auditId, count)
  return () => counting.delete(auditId)
}

/**
 * Whether a call of `generate` is a part of one that `log` records already: its streamer tells, or
 * it is made by a pipeline that lets the application pass no streamer.
 */
export function isRecorded(log: AuditLog, streamer: unknown): boolean {
  if (Generation.behind(streamer).some((one) => one.log === log)) return true
  return counting.get(log.currentCall ?? '')?.generates === false
}

/**
 * Tells recorded calls of `log` what they ask of a model, whether they generate or classify. It is
 * done once per model, in place, and records nothing by itself.
 */
export function watchModel(model: object, log: AuditLog): void {
  const watching = logs.get(model)
  if (watching) {
    watching.add(log)
    return
  }
  const all = new Set([log])
  logs.set(model, all)
  replaceMethod(
    model,
    'generate',
    (original) =>
      function (this: unknown, ...args) {
        for (const call of Generation.behind(member(args[0], 'streamer'))) {
          call.begins(args[0], model)
        }
        return original.apply(this, args)
      },
    log
  )
  replaceMethod(
    model,
    '_call',
    (original) =>
      function (this: unknown, ...args) {
        for (const each of all) counting.get(each.currentCall ?? '')?.add(args[0])
        return original.apply(this, args)
      },
    log
  )
}
