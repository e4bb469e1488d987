import {
  type AnyMethod,
  type AuditLog,
  type CallRequest,
  type CallResponse,
  type EndedBy,
  endedBySignal,
  isObject,
  type OpenCall,
  over,
  quietly,
  readNow,
  replaceMethod,
  reportStandIns,
  signalOf,
  withRest
} from '@slm-audit/core/adapter'
import { recordedFunctions } from './functions.ts'
import { Generation } from './generation.ts'
import { HeardParts } from './heard-parts.ts'
import { readParts } from './read-parts.ts'
import { readStructured } from './read-structured.ts'
import type { Recorder } from './recorder.ts'

/** A method that answers with text and metadata, and the shorter one that calls it, if any. */
export interface AnswerMethod {
  readonly name: string
  /** The method that calls `name` with its own arguments, completed, and returns the text alone. */
  readonly short?: string
  /** Where the options are among the arguments; what comes before them is the input. */
  readonly optionsAt: number
  /** The callback that hears of every chunk. */
  readonly chunks: 'onResponseChunk' | 'onTextChunk'
  request(args: readonly unknown[], options: unknown): CallRequest
  read(result: { readonly [name: string]: unknown }): CallResponse
}

type Options = { readonly [name: string]: unknown }

/** Records the calls of one pair of methods of one object. */
export function recordAnswers(target: object, method: AnswerMethod, recorder: Recorder): void {
  // The short method calls the long one before it returns; the options as sent are passed by hand.
  let sent: { readonly options: unknown } | undefined
  const { short } = method
  reportStandIns(recorder.log, { target }, [method.name, ...(short === undefined ? [] : [short])])
  const remember =
    (original: AnyMethod): AnyMethod =>
    (...args) => {
      sent = { options: args[method.optionsAt] }
      try {
        return original.apply(target, args)
      } finally {
        sent = undefined
      }
    }
  if (short !== undefined) replaceMethod(target, short, remember, recorder.log)
  replaceMethod(
    target,
    method.name,
    (original) =>
      function (this: unknown, ...args) {
        const options = sent === undefined ? args[method.optionsAt] : sent.options
        sent = undefined
        const { log } = recorder
        if (!log.isRecording || !isOptions(args[method.optionsAt]))
          return original.apply(this, args)
        const answer = new Answer(method, recorder)
        return log.record(
          readNow(() => method.request(args, options)),
          (call) => answer.watch(call, original, this, args),
          (result) => answer.read(result)
        )
      },
    recorder.log
  )
}

/** Members of a result that say once more what others do, or keep the runtime's state. */
const REPEATED = ['/responseText', '/lastEvaluation']

/** One answer as it comes. */
class Answer {
  readonly #method: AnswerMethod
  readonly #log: AuditLog
  readonly #generation: Generation
  readonly #heard = new HeardParts()
  readonly #called: { name: string }[] = []
  #options: Options = {}

  constructor(method: AnswerMethod, { log, sequence, confidence }: Recorder) {
    this.#method = method
    this.#log = log
    this.#generation = new Generation(log, sequence, confidence)
  }

  watch(call: OpenCall, original: AnyMethod, target: unknown, args: unknown[]): Promise<unknown> {
    call.keepPartial(() => this.#partial())
    const { optionsAt } = this.#method
    const options = (args[optionsAt] ?? {}) as Options
    this.#options = options
    const tapped = [...args]
    tapped[optionsAt] = this.#listening(options, call)
    const result = this.#generation.run(() => original.apply(target, tapped)) as Promise<unknown>
    const signal = signalOf(options.signal)
    const stopped = (): EndedBy => (signal ? endedBySignal(signal) : 'signal')
    result.then(
      quietly((value) => {
        const response = readNow(() => this.read(value))
        if (typeof response === 'object' && response.finishReasons?.includes('abort')) {
          call.cancel(stopped(), response)
        }
      }),
      quietly((error: unknown) => {
        const partial = readNow(() => this.#partial())
        if (signal?.aborted && error === signal.reason) call.cancel(stopped(), partial)
        else call.fail(error, partial)
      })
    )
    return result
  }

  read(result: unknown): CallResponse {
    const answer: CallResponse = isObject(result) ? this.#method.read(result) : {}
    const whole = this.#withFacts(readStructured(this.#options.grammar, answer))
    return withRest(whole, [result], { structure: REPEATED })
  }

  /** An answer with what the sequence told, and the tokens of thoughts, where chunks told them apart. */
  #withFacts(answer: CallResponse): CallResponse {
    const facts = this.#generation.facts()
    const { thoughtTokens: tokens } = this.#heard
    if (answer.reasoning === undefined || tokens === 0) return { ...facts, ...answer }
    return {
      ...facts,
      ...answer,
      ...(facts.usage && { usage: { ...facts.usage, reasoningTokens: tokens } }),
      reasoning: { tokens, ...answer.reasoning }
    }
  }

  /** The caller's options with callback and functions watched; its own object stays as it is. */
  #listening(options: Options, call: OpenCall): Options {
    const { chunks } = this.#method
    const callback = options[chunks] as ((...values: unknown[]) => unknown) | undefined
    const hear = quietly((chunk: unknown) => {
      call.chunk()
      this.#heard.add(chunk)
    })
    const value = callback
      ? over<unknown, unknown[], unknown>(
          callback,
          (host, ...values) => {
            hear(values[0])
            return host(...values)
          },
          'nothing'
        )
      : hear
    const started = quietly((name: string) => void this.#called.push({ name }))
    const functions = recordedFunctions(options.functions, this.#log, call, started)
    return Object.create(options, {
      [chunks]: { value, enumerable: true },
      ...(options.functions !== undefined && { functions: { value: functions, enumerable: true } })
    }) as Options
  }

  #partial(): CallResponse {
    return {
      ...this.#withFacts(readParts(this.#heard.parts)),
      ...(this.#called.length > 0 && { toolCalls: this.#called })
    }
  }
}

/** Whatever else is given as options makes the method reject without asking the model. */
function isOptions(options: unknown): boolean {
  return options === undefined || isObject(options)
}
