import type { TokenLogprob } from '@slm-audit/core/adapter'
import type { Fields } from './writer.ts'

/** Probabilities as chats have them: `{ content: [{ token, logprob, bytes, top_logprobs }] }`. */
export function chatLogprobs(logprobs: readonly TokenLogprob[]): Fields {
  return { content: logprobs.map(tokenOf), refusal: null }
}

/** Probabilities as text completions have them: parallel lists. */
export function completionLogprobs(logprobs: readonly TokenLogprob[]): Fields {
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) =>
      top ? Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])) : null
    )
  }
}

/** One token with its probability, its bytes and the likeliest in its place. */
export function tokenOf({ top, ...token }: TokenLogprob): Fields {
  return { ...spelled(token), top_logprobs: (top ?? []).map(spelled) }
}

function spelled(token: Omit<TokenLogprob, 'top'>): Fields {
  return { bytes: [...new TextEncoder().encode(token.token)], ...token }
}
