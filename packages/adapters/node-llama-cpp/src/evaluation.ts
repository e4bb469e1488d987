import {
  type CallRequest,
  type CallResponse,
  isObject,
  type OpenCall,
  readNow,
  readReasoning,
  tapIterable
} from '@slm-audit/core/adapter'
import type { Token } from 'node-llama-cpp'
import { type ChosenToken, TokenList } from './generation.ts'
import type { Recorder } from './recorder.ts'
import { tokensWithText } from './tokens-with-text.ts'

/** One run of a sequence's generator, recorded from the moment its first token is asked for. */
export class Evaluation {
  readonly #recorder: Recorder
  readonly #arguments: readonly unknown[]
  readonly #chosen = new TokenList()
  #call: OpenCall | undefined
  /** Tokens of the prompt, and those that the sequence held before. */
  #inputTokens = 0
  #heldTokens = 0
  /** Tokens that the application put in place of the model's. */
  #replaced = 0

  constructor(recorder: Recorder, args: readonly unknown[]) {
    this.#recorder = recorder
    this.#arguments = args
  }

  /** Watches the generator in place: nothing is recorded of one that is never started. */
  tap(answer: AsyncGenerator<ChosenToken>): AsyncGenerator<ChosenToken> {
    const { next } = answer
    const start = (...values: [] | [unknown]): Promise<IteratorResult<ChosenToken>> => {
      const waits = this.#call === undefined ? this.#open() : undefined
      if (values[0] !== undefined && this.#chosen.length > 0) this.#replaced++
      return waits ? waits.then(() => next.apply(answer, values)) : next.apply(answer, values)
    }
    Object.defineProperty(answer, 'next', { value: start, configurable: true, writable: true })
    return tapIterable<ChosenToken, AsyncGenerator<ChosenToken>>(answer, {
      next: (chosen) => {
        this.#call?.chunk()
        this.#chosen.add(chosen)
      },
      end: () => {
        this.#call?.complete(readNow(() => this.#response(this.#finishReasons())))
        return this.#call?.settled()
      },
      fail: (error) => {
        this.#call?.fail(
          error,
          readNow(() => this.#response())
        )
        return this.#call?.settled()
      },
      cancel: () => {
        // Who asks for the token that ends texts leaves when it has come.
        if (this.#hasEnded()) this.#call?.complete(readNow(() => this.#response(['eogToken'])))
        else {
          this.#call?.cancel(
            'consumer',
            readNow(() => this.#response())
          )
        }
        return this.#call?.settled()
      }
    })
  }

  #open(): Promise<void> | undefined {
    const { log } = this.#recorder
    const call = log.open(readNow(() => this.#request()))
    call.keepPartial(() => this.#response())
    this.#call = call
    return call.admitted()
  }

  #request(): CallRequest {
    const [tokens, metadata, options] = this.#arguments
    const { sequence } = this.#recorder
    const ids = Array.isArray(tokens) ? (tokens as readonly Token[]) : []
    this.#inputTokens = ids.length
    this.#heldTokens = sequence.nextTokenIndex
    const sent = { ...(isObject(metadata) && metadata), ...(isObject(options) && options) }
    return this.#recorder.request(
      'text_completion',
      'evaluate',
      tokensWithText(ids, sequence.model),
      sent
    )
  }

  /** A generator ends at a token that ends texts, or quietly because its sequence was disposed of. */
  #finishReasons(): readonly string[] {
    const [, , options] = this.#arguments
    const yieldsLast = isObject(options) && options.yieldEogToken === true
    return this.#recorder.sequence.disposed || yieldsLast ? [] : ['eogToken']
  }

  /** Whether the last token is one that ends texts. */
  #hasEnded(): boolean {
    const { model } = this.#recorder.sequence
    const last = this.#chosen.ids.at(-1)
    return last !== undefined && !model.disposed && model.isEogToken(last)
  }

  #response(ended: readonly string[] = []): CallResponse {
    const { model } = this.#recorder.sequence
    const { length, ids } = this.#chosen
    const output = tokensWithText(ids, model)
    const reasoning = readReasoning([output])
    return {
      output,
      ...(reasoning && { reasoning }),
      ...(length > 0 && { finishReasons: ended }),
      usage: { inputTokens: this.#inputTokens, outputTokens: length },
      logprobs: this.#chosen.logprobs(model),
      details: {
        heldTokens: this.#heldTokens,
        ...(this.#replaced > 0 && { replacedTokens: this.#replaced })
      }
    }
  }
}
