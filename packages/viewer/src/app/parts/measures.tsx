import type { Comparison, Measure } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { Visible } from '../text/visible.tsx'
import { counted, countWord, durationWord, percentWord } from '../text/words.ts'

interface Props {
  readonly comparison: Comparison
  readonly names: readonly [string, string]
}

/** A verdict in words with its uncertainty, and what it rests on. */
export function Measures({ comparison, names }: Props): VNode {
  const { pairs, changed, changedShare, measures, sharedInputs, calls } = comparison
  if (pairs === 0) {
    return (
      <p class="sentence">
        Both sides were asked nothing that is the same: {countWord(calls[0])} and{' '}
        {countWord(calls[1])} calls have no pair. Their distributions can be compared all the same.
      </p>
    )
  }
  return (
    <>
      <p class="sentence" role="status">
        Answers changed in <b>{percentWord(changed / pairs)}</b> of {counted(pairs, 'pair')} (
        {percentWord(changedShare.low)}–{percentWord(changedShare.high)}), over{' '}
        {counted(sharedInputs, 'input')} that both were asked.
      </p>
      <div class="table">
        <table class="measures">
          <thead>
            <tr>
              <th scope="col">measure</th>
              {names.map((name) => (
                <th scope="col" key={name}>
                  <Visible text={name} />
                </th>
              ))}
              <th scope="col">difference, 95%</th>
              <th scope="col">verdict</th>
            </tr>
          </thead>
          <tbody>
            {measures.map((measure) => (
              <Row key={measure.name} measure={measure} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function Row({ measure }: { readonly measure: Measure }): VNode {
  const { name, unit, first, second, difference, isDifferent } = measure
  const word = (value: number) =>
    unit === 'ms'
      ? durationWord(value)
      : unit === 'share'
        ? `${(value * 100).toFixed(1)}%`
        : countWord(Math.round(value))
  const signed = (value: number) =>
    `${value > 0 ? '+' : value < 0 ? '−' : ''}${word(Math.abs(value))}`
  return (
    <tr class={isDifferent ? '' : 'faint'}>
      <th scope="row">
        <Visible text={name} />
      </th>
      <td>{word(first)}</td>
      <td>{word(second)}</td>
      <td>
        {signed(difference.low)} … {signed(difference.high)}
      </td>
      <td>{isDifferent ? (second > first ? 'more' : 'less') : 'no difference to be seen'}</td>
    </tr>
  )
}
