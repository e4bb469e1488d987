import type { TokenLogprob } from './call-facts.ts'
import type { ConfidenceSummary } from './record.ts'

/**
 * Sums up per-token log probabilities (natural logarithm). Perplexity is exp(-mean). Tokens
 * whose probability is not a finite number are not counted; none at all gives `undefined`.
 */
export function summarizeLogprobs(
  tokens: readonly TokenLogprob[] | undefined
): ConfidenceSummary | undefined {
  let count = 0
  let sum = 0
  let lowest = Number.POSITIVE_INFINITY
  for (const { logprob } of tokens ?? []) {
    if (!Number.isFinite(logprob)) continue
    count++
    sum += logprob
    if (logprob < lowest) lowest = logprob
  }
  if (count === 0) return undefined
  return { tokens: count, ...ofMean(sum / count), minLogprob: lowest }
}

/** What a mean alone says, where a provider gives no more. */
export function summaryOfMean(mean: number | undefined): ConfidenceSummary | undefined {
  return Number.isFinite(mean) ? ofMean(Number(mean)) : undefined
}

function ofMean(mean: number): ConfidenceSummary {
  const perplexity = Math.exp(-mean)
  return { meanLogprob: mean, ...(Number.isFinite(perplexity) && { perplexity }) }
}
