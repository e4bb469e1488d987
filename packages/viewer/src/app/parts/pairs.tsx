import { useSignal } from '@preact/signals'
import type { ComparedInput, ComparedPair, Comparison } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { hrefOf } from '../state/route.ts'
import { Difference } from '../text/difference.tsx'
import { Visible } from '../text/visible.tsx'
import { countWord, percentWord } from '../text/words.ts'

interface Props {
  readonly comparison: Comparison
  readonly names: readonly [string, string]
}

/** Inputs that are shown before somebody asks for more. */
const FIRST = 20
/** Pairs of one input that are shown. */
const MOST_PAIRS = 5

/** Inputs of both sides, most changed first, with the words that differ. */
export function Pairs({ comparison, names }: Props): VNode | null {
  const shown = useSignal(FIRST)
  const { inputs } = comparison
  if (inputs.length === 0) return null
  return (
    <section>
      <h2>Pairs, most changed first</h2>
      {inputs.slice(0, shown.value).map((input, place) => (
        <Input key={place} input={input} names={names} isOpen={place < 3} />
      ))}
      {inputs.length > shown.value && (
        <button type="button" onClick={() => (shown.value += FIRST)}>
          {countWord(inputs.length - shown.value)} more inputs
        </button>
      )}
    </section>
  )
}

interface InputProps {
  readonly input: ComparedInput
  readonly names: readonly [string, string]
  readonly isOpen: boolean
}

function Input({ input, names, isOpen }: InputProps): VNode {
  const { question, pairs, changed } = input
  const order = [...pairs].sort((one, other) => Number(other.isChanged) - Number(one.isChanged))
  return (
    <details class="pair" open={isOpen}>
      <summary>
        <Visible text={question.slice(0, 300)} />{' '}
        <span class="faint">
          ×{countWord(pairs.length)}, changed {percentWord(changed / pairs.length)}
        </span>
      </summary>
      {order.slice(0, MOST_PAIRS).map((pair) => (
        <Pair key={pair.first.auditId + pair.second.auditId} pair={pair} names={names} />
      ))}
      {order.length > MOST_PAIRS && (
        <p class="faint">{countWord(order.length - MOST_PAIRS)} more pairs of this input</p>
      )}
    </details>
  )
}

function Pair({ pair, names }: { readonly pair: ComparedPair } & Pick<Props, 'names'>): VNode {
  const { first, second, isChanged } = pair
  const both = [first, second] as const
  return (
    <div class={isChanged ? 'sides changed' : 'sides'}>
      {both.map((call, place) => (
        <div key={call.auditId}>
          <a href={hrefOf({ screen: 'call', id: String(call.index) })}>
            <Visible text={names[place] ?? ''} />
          </a>
          <p class="plain">
            <Difference
              first={first.answer}
              second={second.answer}
              side={place === 0 ? 'first' : 'second'}
            />
          </p>
        </div>
      ))}
    </div>
  )
}
