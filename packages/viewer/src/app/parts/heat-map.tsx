import type { VNode } from 'preact'
import { Visible } from '../text/visible.tsx'
import { percentWord } from '../text/words.ts'

/** A token of an answer with how probable it was, from 0 to 1, and what else it might have been. */
export interface SureToken {
  readonly token: string
  readonly share: number
  readonly others: readonly { readonly token: string; readonly share: number }[]
}

/** Reads the content `logprobs`. */
export function tokensOf(value: unknown): SureToken[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry) => {
    const token = read(entry)
    if (!token) return []
    const top: unknown[] = Array.isArray(entry.top)
      ? entry.top
      : Array.isArray(entry.top_logprobs)
        ? entry.top_logprobs
        : []
    const others = top
      .flatMap((each) => read(each) ?? [])
      .filter((each) => each.token !== token.token)
    return [{ ...token, others: others.slice(0, 5) }]
  })
}

function read(entry: unknown): { readonly token: string; readonly share: number } | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const { token, logprob } = entry as { token?: unknown; logprob?: unknown }
  if (typeof token !== 'string' || typeof logprob !== 'number') return undefined
  return { token, share: Math.exp(logprob) }
}

/** Steps of doubt: below each share a token is marked more. */
const STEPS: readonly (readonly [below: number, step: string])[] = [
  [0.5, 'low'],
  [0.7, 'middle'],
  [0.9, 'high']
]

function stepOf(share: number): string {
  return STEPS.find(([below]) => share < below)?.[1] ?? ''
}

/** An answer whose uncertain tokens are tinted and underlined; confident text stays plain. */
export function HeatMap({ tokens }: { readonly tokens: readonly SureToken[] }): VNode {
  return (
    <div class="plain heat">
      {runsOf(tokens).map(({ step, tokens: run }, place) => {
        const text = run.map(({ token }) => token).join('')
        if (step === '') return <Visible key={place} text={text} />
        return run.map((token, at) => (
          <span key={`${place}-${at}`} class={`doubt ${step}`} title={titleOf(token)}>
            <Visible text={token.token} />
          </span>
        ))
      })}
    </div>
  )
}

/** Neighbours of one step, so that confident text is one node. */
function runsOf(tokens: readonly SureToken[]): { step: string; tokens: SureToken[] }[] {
  const runs: { step: string; tokens: SureToken[] }[] = []
  for (const token of tokens) {
    const step = stepOf(token.share)
    const last = runs.at(-1)
    if (last?.step === step) last.tokens.push(token)
    else runs.push({ step, tokens: [token] })
  }
  return runs
}

function titleOf({ token, share, others }: SureToken): string {
  const rest = others.map((each) => `${each.token} ${percentWord(each.share)}`)
  return [`${token} ${percentWord(share)}`, ...rest].join('\n')
}

/** What the marks mean, and how sure the model was on the whole. */
export function HeatLegend({ tokens }: { readonly tokens: readonly SureToken[] }): VNode {
  const mean = tokens.reduce((sum, { share }) => sum + share, 0) / tokens.length
  const unsure = tokens.filter(({ share }) => share < 0.7).length
  return (
    <p class="legend">
      confidence {percentWord(mean)}, {unsure} of {tokens.length} tokens under 70%
      <span class="doubt high">under 90%</span>
      <span class="doubt middle">under 70%</span>
      <span class="doubt low">under 50%</span>
    </p>
  )
}
