import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { Visible } from '../text/visible.tsx'
import { percentWord } from '../text/words.ts'

/** A token of an answer with how probable it was, from 0 to 1, and what else it might have been. */
export interface SureToken {
  readonly token: string
  readonly share: number
  readonly others: readonly { readonly token: string; readonly share: number }[]
}

/** Alternatives of a token that are shown. */
const MOST_OTHERS = 5

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
    return [{ ...token, others: others.slice(0, MOST_OTHERS) }]
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

interface Card {
  readonly token: SureToken
  readonly left: number
  readonly top: number
}

/** An answer whose uncertain tokens are tinted and underlined; confident text stays plain. What else a token might have been is shown where one points. */
export function HeatMap({ tokens }: { readonly tokens: readonly SureToken[] }): VNode {
  const card = useSignal<Card | undefined>(undefined)
  const show = (event: Event & { readonly currentTarget: HTMLElement }): void => {
    const span = event.target instanceof Element ? event.target.closest('[data-at]') : null
    const token = span instanceof HTMLElement ? tokens[Number(span.dataset.at)] : undefined
    if (!span || !token) return
    const [box, whole] = [span.getBoundingClientRect(), event.currentTarget.getBoundingClientRect()]
    const left = Math.max(0, Math.min(box.left - whole.left, whole.width - CARD_WIDTH))
    card.value = { token, left, top: box.bottom - whole.top + 4 }
  }
  const hide = (): void => {
    card.value = undefined
  }
  let at = 0
  return (
    <div
      class="plain heat"
      onPointerOver={show}
      onFocusIn={show}
      onPointerLeave={hide}
      onFocusOut={hide}
    >
      {runsOf(tokens).map(({ step, tokens: run }, place) => {
        const first = at
        at += run.length
        const text = run.map(({ token }) => token).join('')
        if (step === '') return <Visible key={place} text={text} />
        return run.map((token, nth) => (
          <button
            type="button"
            key={`${place}-${nth}`}
            class={`doubt ${step}`}
            data-at={first + nth}
            aria-label={`${token.token}, ${percentWord(token.share)}`}
          >
            <Visible text={token.token} />
          </button>
        ))
      })}
      {card.value && <TokenCard card={card.value} />}
    </div>
  )
}

/** Width of the card in pixels. */
const CARD_WIDTH = 220

/** A token and what else it might have been, as bars. */
function TokenCard({ card: { token, left, top } }: { readonly card: Card }): VNode {
  return (
    <div class="token-card" role="tooltip" style={{ left: `${left}px`, top: `${top}px` }}>
      {[token, ...token.others].map((each, place) => (
        <div key={place}>
          <code>
            <Visible text={each.token} />
          </code>
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect class={place === 0 ? 'stream' : 'before'} width={each.share * 100} height="8" />
          </svg>
          <span>{percentWord(each.share)}</span>
        </div>
      ))}
      {token.others.length === 0 && <p class="faint">no alternatives were recorded</p>}
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
