import { type CallRequest, type CallResponse, isObject } from '@slm-audit/core/adapter'
import type { ControlledEvaluateIndexOutput, LlamaModel, Token } from 'node-llama-cpp'
import { TokenList } from './generation.ts'
import type { Recorder } from './recorder.ts'
import { settingsOf } from './settings.ts'
import { tokensWithText } from './tokens-with-text.ts'

/** Reads the arguments of `controlledEvaluate`: tokens, some with what is asked at their place. */
export function controlledRequest(
  recorder: Recorder,
  input: unknown,
  options: unknown
): CallRequest {
  const items = Array.isArray(input) ? (input as readonly (Token | [Token, unknown])[]) : []
  const tokens = items.map((item) => (Array.isArray(item) ? item[0] : item))
  const asked = items.flatMap((item, index) =>
    Array.isArray(item) && isObject(item[1]) ? [{ index, ...item[1] }] : []
  )
  return recorder.request(
    'text_completion',
    'controlledEvaluate',
    tokensWithText(tokens, recorder.sequence.model),
    { ...settingsOf(options), ...(asked.length > 0 && { asked }) }
  )
}

/** Reads what came of each place; a probability counts where the chosen token came with it. */
export function readControlled(outputs: unknown, model: LlamaModel): CallResponse {
  const places = Array.isArray(outputs)
    ? (outputs as readonly (ControlledEvaluateIndexOutput | undefined)[])
    : []
  const chosen = new TokenList()
  const output: { index: number; token: Token; text: string }[] = []
  for (const [index, place] of places.entries()) {
    const { token, confidence, probabilities } = place?.next ?? {}
    if (token === undefined || token === null) continue
    chosen.add({
      token,
      ...(confidence !== undefined && { confidence }),
      ...(probabilities && { probabilities })
    })
    output.push({ index, token, text: model.detokenize([token], true) })
  }
  return {
    output,
    usage: { inputTokens: places.length, outputTokens: chosen.length },
    logprobs: chosen.logprobs(model)
  }
}
