import type { ChatCompletionFinishReason, ChatCompletionTokenLogprob } from '@mlc-ai/web-llm'
import type { EmbeddingPipeline } from '@mlc-ai/web-llm/lib/embedding'
import type { LLMChatPipeline } from '@mlc-ai/web-llm/lib/llm_chat'

/** What a model is made to say. */
export interface Script {
  readonly tokens: readonly string[]
  readonly finish?: ChatCompletionFinishReason
  /** Index of the token at which the device is lost. */
  readonly failsAt?: number
}

/** What engines use of a pipeline; the rest of it runs on WebGPU. */
type UsedPipeline = Pick<
  LLMChatPipeline,
  | 'curRoundLatencyBreakdown'
  | 'decodeStep'
  | 'dispose'
  | 'getConversationObject'
  | 'getCurRoundCompletionTotalTokens'
  | 'getCurRoundDecodingTokensPerSec'
  | 'getCurRoundDecodingTotalTime'
  | 'getCurRoundDecodingTotalTokens'
  | 'getCurRoundGrammarInitTotalTime'
  | 'getCurRoundGrammarPerTokenTotalTime'
  | 'getCurRoundLatencyBreakdown'
  | 'getCurRoundPrefillTokensPerSec'
  | 'getCurRoundPrefillTotalTime'
  | 'getCurRoundPrefillTotalTokens'
  | 'getFinishReason'
  | 'getMessage'
  | 'getSupportedInputKinds'
  | 'getTokenLogprobArray'
  | 'prefillStep'
  | 'resetChat'
  | 'setConversation'
  | 'setSeed'
  | 'stopped'
  | 'sync'
  | 'triggerStop'
>

type Conversation = ReturnType<LLMChatPipeline['getConversationObject']>

const PROMPT_TOKENS = 11
const PREFILL_SECONDS = 0.5
const SECONDS_PER_TOKEN = 0.25

/** Says what its script says, a token a step, with times that are always the same. */
export class StandInPipeline implements UsedPipeline {
  script: Script = { tokens: ['Refunds', ' take', ' five', ' days', '.'] }
  readonly curRoundLatencyBreakdown = newBreakdown()
  #conversation: Conversation | undefined
  #said: string[] = []
  #finish: ChatCompletionFinishReason | undefined
  #begun = 0

  /** Rounds that were begun. */
  get rounds(): number {
    return this.#begun
  }

  async prefillStep(): Promise<void> {
    this.#begun++
    this.#said = []
    this.#finish = undefined
    await this.#step()
  }

  async decodeStep(): Promise<void> {
    await this.#step()
  }

  async #step(): Promise<void> {
    // A device answers in another task.
    await new Promise((resolve) => setTimeout(resolve, 0))
    const { tokens, failsAt, finish = 'stop' } = this.script
    const at = this.#said.length
    if (at === failsAt) throw new Error('the device was lost')
    this.#said.push(tokens[at] ?? '')
    if (at + 1 >= tokens.length) this.#finish = finish
  }

  triggerStop(): void {
    this.#finish ??= 'abort'
  }

  stopped(): boolean {
    return this.#finish !== undefined
  }

  getFinishReason(): ChatCompletionFinishReason | undefined {
    return this.#finish
  }

  getMessage(): string {
    return this.#said.join('')
  }

  getTokenLogprobArray(): ChatCompletionTokenLogprob[] {
    return this.#said.map((token, at) => {
      const logprob = -0.125 * (at + 1)
      const top = { token, bytes: null, logprob }
      const other = { token: '…', bytes: null, logprob: -3 }
      return {
        token,
        bytes: [...new TextEncoder().encode(token)],
        logprob,
        top_logprobs: [top, other]
      }
    })
  }

  getConversationObject(): Conversation {
    return (
      this.#conversation ?? ({ messages: [], isTextCompletion: true } as unknown as Conversation)
    )
  }

  setConversation(conversation: Conversation): void {
    this.#conversation = conversation
  }

  getCurRoundCompletionTotalTokens = () => this.#said.length
  getCurRoundDecodingTotalTokens = () => this.#said.length - 1
  getCurRoundPrefillTotalTokens = () => PROMPT_TOKENS
  getCurRoundDecodingTotalTime = () => SECONDS_PER_TOKEN * (this.#said.length - 1)
  getCurRoundPrefillTotalTime = () => PREFILL_SECONDS
  getCurRoundPrefillTokensPerSec = () => PROMPT_TOKENS / PREFILL_SECONDS
  getCurRoundDecodingTokensPerSec = () => 1 / SECONDS_PER_TOKEN
  getCurRoundGrammarInitTotalTime = () => 0.125
  getCurRoundGrammarPerTokenTotalTime = () => 0.0625
  getCurRoundLatencyBreakdown = () => this.curRoundLatencyBreakdown
  getSupportedInputKinds = () => undefined
  resetChat = () => undefined
  setSeed = () => undefined
  dispose = () => undefined
  sync = async () => undefined
}

/** Gives each text a vector of its length. */
export const standInEmbeddings: Pick<
  EmbeddingPipeline,
  'embedStep' | 'getCurRoundEmbedTokensPerSec' | 'getCurRoundEmbedTotalTokens'
> = {
  async embedStep(input) {
    const texts = typeof input === 'string' ? [input] : input
    return texts.map((text) => [String(text).length, 0.5, -1])
  },
  getCurRoundEmbedTotalTokens: () => 7,
  getCurRoundEmbedTokensPerSec: () => 28
}

function newBreakdown(): LLMChatPipeline['curRoundLatencyBreakdown'] {
  return {
    logitProcessorTime: [],
    logitBiasTime: [],
    penaltyTime: [],
    sampleTime: [],
    totalTime: [],
    grammarBitmaskTime: []
  }
}
