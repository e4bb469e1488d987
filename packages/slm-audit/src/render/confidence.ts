import { isObject } from '@slm-audit/core/journal'
import type { Terminal } from '../terminal.ts'
import { visible } from './columns.ts'
import { cut } from './words.ts'

const BARS = '▁▂▃▄▅▆▇█'
/** A token below that is one that the model was not sure of. */
const SURE = 0.7
/** How many tokens are named. */
const NAMED = 3
const LONGEST = 40

interface Token {
  readonly word: string
  readonly share: number
}

/**
 * How sure a model was of its answer, in two lines at most: the three tokens that it was least sure of, if
 * it was not sure of them, and a bar as high as the probability for each of the first tokens.
 */
export function confidenceLines(logprobs: unknown, terminal: Terminal, width: number): string[] {
  const tokens = tokensIn(logprobs)
  if (tokens.length === 0) return []
  const doubtful = tokens
    .filter(({ share }) => share < SURE)
    .toSorted((one, other) => one.share - other.share)
    .slice(0, NAMED)
  const named = doubtful.map(({ word, share }) => `${word} ${percent(share)}`).join(', ')
  const mean = percent(tokens.reduce((sum, { share }) => sum + share, 0) / tokens.length)
  const room = Math.min(LONGEST, width - `confidence  mean ${mean}`.length)
  const bars = terminal.isAscii || room < 1 ? '' : `${tokens.slice(0, room).map(barOf).join('')} `
  return [
    ...(named === '' ? [] : [cut(`least sure: ${named}`, width)]),
    cut(`confidence ${bars}mean ${mean}`, width)
  ]
}

function tokensIn(logprobs: unknown): Token[] {
  if (!Array.isArray(logprobs)) return []
  return logprobs.flatMap((each: unknown) => {
    const share = isObject(each) ? Math.exp(Number(each.logprob)) : Number.NaN
    if (!isObject(each) || !Number.isFinite(share)) return []
    return [{ word: visible(String(each.token ?? '')).trim() || '␠', share: Math.min(1, share) }]
  })
}

function barOf({ share }: Token): string {
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? ''
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}
