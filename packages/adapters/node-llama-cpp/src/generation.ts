import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type AuditLog,
  type CallResponse,
  replaceMethod,
  type TokenLogprob,
  tapIterable,
  type Usage
} from '@slm-audit/core/adapter'
import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'

/** A token that the model chose, with what the runtime said of its probability. */
export interface ChosenToken {
  readonly token: Token
  /** From 0 to 1, after the sampler's filters. */
  readonly confidence?: number
  /** The probabilities of all tokens that the sampler left, highest first. */
  readonly probabilities?: ReadonlyMap<Token, number>
}

const TOP = 5
const running = new AsyncLocalStorage<Generation>()

/** One call of a session or a completion, as the sequence below it sees it. */
export class Generation {
  readonly log: AuditLog
  readonly sequence: LlamaContextSequence
  /** Whether the runtime is asked for the probability of each token. */
  readonly confidence: boolean
  readonly tokens = new TokenList()
  readonly #outer = running.getStore()
  #inputTokens = 0
  /** Tokens that were taken in without a token being asked for, before the first one was. */
  #takenIn = 0
  /** Tokens of the prompt that the sequence held from an earlier call. */
  #cachedTokens = 0

  constructor(log: AuditLog, sequence: LlamaContextSequence, confidence: boolean) {
    this.log = log
    this.sequence = sequence
    this.confidence = confidence
  }

  /** Evaluations of this sequence below `run`, also asynchronously, belong to this call. */
  run<T>(run: () => T): T {
    return running.run(this, run)
  }

  /** What the sequence told: token counts, and probabilities where they were asked for. */
  facts(): CallResponse {
    if (this.#inputTokens === 0) return {}
    const usage: Usage = {
      inputTokens: this.#inputTokens,
      outputTokens: this.tokens.length,
      cacheReadTokens: this.#cachedTokens
    }
    return { usage, logprobs: this.tokens.logprobs(this.sequence.model) }
  }

  /** The tokens that went in, for calls that generate none. */
  inputFacts(): CallResponse {
    return this.#inputTokens === 0 ? {} : { usage: { inputTokens: this.#inputTokens } }
  }

  /** Whether the code here and now evaluates `sequence` for a call that `log` records. */
  static isWithin(sequence: LlamaContextSequence, log: AuditLog): boolean {
    return Generation.over(sequence).some((call) => call.log === log)
  }

  /** The calls, innermost first, that the code here and now evaluates `sequence` for. */
  static over(sequence: LlamaContextSequence): readonly Generation[] {
    const calls: Generation[] = []
    for (let call = running.getStore(); call !== undefined; call = call.#outer) {
      if (call.sequence === sequence) calls.push(call)
    }
    return calls
  }

  /** Tells the calls above about each evaluation of `sequence`; once is enough. */
  static watch(sequence: LlamaContextSequence): void {
    if (watched.has(sequence)) return
    watched.add(sequence)
    replaceMethod(
      sequence,
      'evaluateWithMetadata',
      (original) =>
        function (this: unknown, tokens, metadata, ...rest) {
          const calls = Generation.over(sequence)
          const confidence = calls.some((call) => call.confidence)
          const wanted = confidence ? { ...(metadata as object), confidence } : metadata
          const answer = original.call(this, tokens, wanted, ...rest)
          if (calls.length === 0) return answer
          for (const call of calls) call.#evaluates(tokens as readonly Token[])
          return tapIterable<ChosenToken, AsyncIterable<ChosenToken>>(
            answer as AsyncIterable<ChosenToken>,
            {
              next: (chosen) => {
                for (const call of calls) call.tokens.add(chosen)
              },
              end: ignore,
              fail: ignore,
              cancel: ignore
            }
          )
        }
    )
    replaceMethod(
      sequence,
      'evaluateWithoutGeneratingNewTokens',
      (original) =>
        function (this: unknown, ...args) {
          const [tokens] = args as [readonly Token[]]
          for (const call of Generation.over(sequence)) call.#takesIn(tokens)
          return original.apply(this, args)
        }
    )
  }

  /** A prompt is what the sequence holds already and what is added; later only what is added. */
  #evaluates(tokens: readonly Token[]): void {
    if (this.#inputTokens === 0) {
      this.#inputTokens = this.sequence.nextTokenIndex
      this.#cachedTokens = Math.max(0, this.#inputTokens - this.#takenIn)
    }
    this.#inputTokens += tokens.length
  }

  #takesIn({ length }: readonly Token[]): void {
    if (this.#inputTokens === 0) this.#takenIn += length
    else this.#inputTokens += length
  }
}

const watched = new WeakSet<LlamaContextSequence>()

function ignore(): undefined {
  return undefined
}

/** The map is sorted by the runtime; a vocabulary is large, so it is not copied. */
function highest(probabilities: ReadonlyMap<Token, number>): [Token, number][] {
  const top: [Token, number][] = []
  for (const entry of probabilities) {
    if (top.push(entry) === TOP) break
  }
  return top
}

/** The tokens of an answer; of all their probabilities only the few highest are kept. */
export class TokenList {
  readonly #tokens: Token[] = []
  readonly #probabilities: { at: number; chosen: number; top: [Token, number][] }[] = []

  get length(): number {
    return this.#tokens.length
  }

  get ids(): readonly Token[] {
    return this.#tokens
  }

  add({ token, confidence, probabilities }: ChosenToken): void {
    const chosen = confidence ?? probabilities?.get(token)
    if (chosen !== undefined) {
      const top = probabilities === undefined ? [] : highest(probabilities)
      this.#probabilities.push({ at: this.#tokens.length, chosen, top })
    }
    this.#tokens.push(token)
  }

  /** The logarithms of the probabilities; none for a model that is disposed of. */
  logprobs(model: LlamaModel): readonly TokenLogprob[] {
    if (model.disposed) return []
    const entry = (token: Token, probability: number) => ({
      token: model.detokenize([token], true),
      logprob: Math.log(probability)
    })
    return this.#probabilities.flatMap(({ at, chosen, top }) => {
      const token = this.#tokens[at]
      if (token === undefined) return []
      const others = top.map(([other, probability]) => entry(other, probability))
      return [{ ...entry(token, chosen), ...(others.length > 0 && { top: others }) }]
    })
  }
}
