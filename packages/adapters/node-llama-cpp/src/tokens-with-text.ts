import type { LlamaModel, Token } from 'node-llama-cpp'

/** Tokens and, unless the model is disposed of, the text that they spell. */
export interface TokensWithText {
  readonly tokens: readonly Token[]
  readonly text?: string
}

/** Copies tokens, with the text that they spell. */
export function tokensWithText(tokens: readonly Token[], model: LlamaModel): TokensWithText {
  const copy = [...tokens]
  return model.disposed ? { tokens: copy } : { text: model.detokenize(copy, true), tokens: copy }
}

/** A prompt as sent: a text stays as it is, tokens are given with theirs. */
export function promptOf(prompt: unknown, model: LlamaModel): unknown {
  return isTokens(prompt) ? tokensWithText(prompt, model) : prompt
}

function isTokens(prompt: unknown): prompt is readonly Token[] {
  return Array.isArray(prompt) && prompt.every((item) => typeof item === 'number')
}
