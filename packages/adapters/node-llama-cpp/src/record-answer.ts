import {
  type AnyMethod,
  type CallRequest,
  type CallResponse,
  isObject,
  type Later,
  type OpenCall,
  replaceMethod
} from '@slm-audit/core'
import { Generation } from './generation.ts'
import type { Recorder } from './recorder.ts'

/** A method that answers with text and metadata, and the shorter one that calls it. */
export interface AnswerMethod {
  readonly name: string
  /** The method that calls `name` with its own arguments, completed, and returns the text alone. */
  readonly short: string
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
  replaceMethod(
    target,
    method.short,
    (original) =>
      function (this: unknown, ...args) {
        sent = { options: args[method.optionsAt] }
        try {
          return original.apply(this, args)
        } finally {
          sent = undefined
        }
      }
  )
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
      }
  )
}

/** One answer as it comes. */
class Answer {
  readonly #method: AnswerMethod
  readonly #generation: Generation
  readonly #texts: string[] = []
  readonly #thoughts: string[] = []

  constructor(method: AnswerMethod, { log, sequence, confidence }: Recorder) {
    this.#method = method
    this.#generation = new Generation(log, sequence, confidence)
  }

  watch(call: OpenCall, original: AnyMethod, target: unknown, args: unknown[]): Promise<unknown> {
    call.keepPartial(() => this.#partial(), 0)
    const { optionsAt } = this.#method
    const options = (args[optionsAt] ?? {}) as Options
    const tapped = [...args]
    tapped[optionsAt] = this.#listening(options, call)
    const result = this.#generation.run(() => original.apply(target, tapped)) as Promise<unknown>
    const signal = options.signal instanceof AbortSignal ? options.signal : undefined
    result.then(
      (value) => {
        const response = readNow(() => this.read(value))
        if (typeof response === 'object' && response.finishReasons?.includes('abort')) {
          call.cancel('signal', response)
        }
      },
      (error: unknown) => {
        const partial = readNow(() => this.#partial())
        if (signal?.aborted && error === signal.reason) call.cancel('signal', partial)
        else call.fail(error, partial)
      }
    )
    return result
  }

  read(result: unknown): CallResponse {
    return { ...this.#generation.facts(), ...(isObject(result) && this.#method.read(result)) }
  }

  /** The caller's options with its chunk callback watched; its own object stays as it is. */
  #listening(options: Options, call: OpenCall): Options {
    const { chunks } = this.#method
    const callback = options[chunks] as ((...values: unknown[]) => unknown) | undefined
    const value = (...values: unknown[]): unknown => {
      call.chunk()
      this.#note(values[0])
      return callback?.(...values)
    }
    return Object.create(options, { [chunks]: { value, enumerable: true } }) as Options
  }

  #note(chunk: unknown): void {
    if (typeof chunk === 'string') this.#texts.push(chunk)
    else if (isObject(chunk) && typeof chunk.text === 'string') {
      const texts = chunk.type === 'segment' ? this.#thoughts : this.#texts
      texts.push(chunk.text)
    }
  }

  #partial(): CallResponse {
    const thoughts = this.#thoughts.join('')
    return {
      ...this.#generation.facts(),
      output: this.#texts.join(''),
      ...(thoughts !== '' && { reasoning: { source: 'segment', text: thoughts } })
    }
  }
}

/** Whatever else is given as options makes the method reject without asking the model. */
function isOptions(options: unknown): boolean {
  return options === undefined || isObject(options)
}

/** Reads at once, because the application may change the value; a throw is kept for the record. */
export function readNow<T extends object>(read: () => T): Later<T> {
  try {
    return read()
  } catch (error) {
    return () => {
      throw error
    }
  }
}
