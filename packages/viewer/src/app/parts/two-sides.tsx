import { useSignal, useSignalEffect } from '@preact/signals'
import type { Comparison, FacetCount } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { askComparison, askFacets } from '../api.ts'
import { go, route } from '../state/route.ts'
import { testOf } from '../text/filter-words.ts'
import { countWord } from '../text/words.ts'
import { Distributions } from './distributions.tsx'
import { Measures } from './measures.tsx'
import { Pairs } from './pairs.tsx'
import { QueryBox } from './query-box.tsx'

/** What two sides can differ in. */
const DIMENSIONS = ['version', 'model', 'prompt', 'provider', 'tenant', 'environment'] as const

/** The calls of two values of a field, compared where both were asked the same. */
export function TwoSides(): VNode {
  const values = useSignal<{ readonly [field: string]: readonly FacetCount[] }>({})
  const problem = useSignal('')
  useSignalEffect(() => {
    askFacets(DIMENSIONS).then(
      (found) => {
        values.value = found
      },
      (error: Error) => {
        problem.value = error.message
      }
    )
  })
  const offered = DIMENSIONS.filter((field) => (values.value[field]?.length ?? 0) > 1)
  const asked = route.value
  const by = offered.find((field) => field === asked.by) ?? offered[0]
  if (problem.value !== '') {
    return (
      <p class="wrong" role="alert">
        {problem.value}
      </p>
    )
  }
  if (Object.keys(values.value).length === 0) return <p class="faint late">Loading…</p>
  if (by === undefined) return <NothingToCompare />
  // The newest two are what one compares most: versions and models come with the time.
  const usual = [...(values.value[by] ?? [])]
    .map(({ value }) => value)
    .slice(0, 2)
    .sort()
  const first = asked.first || usual[0] || ''
  const second = asked.second || usual[1] || ''
  return (
    <>
      <Choice fields={offered} by={by} values={values.value[by] ?? []} sides={[first, second]} />
      <Result key={[by, first, second, asked.q].join('\n')} by={by} first={first} second={second} />
    </>
  )
}

function NothingToCompare(): VNode {
  return (
    <div class="empty">
      <p>All calls are of one version and one model: there is nothing to compare yet.</p>
      <pre>{`await createAuditLog({ service: 'support-bot', version: '2.4.0' })`}</pre>
      <p class="faint">
        Two calls can be compared all the same: mark them in the list with x, and press v.
      </p>
    </div>
  )
}

interface ChoiceProps {
  readonly fields: readonly string[]
  readonly by: string
  readonly values: readonly FacetCount[]
  readonly sides: readonly [string, string]
}

function Choice({ fields, by, values, sides }: ChoiceProps): VNode {
  const [first, second] = sides
  const select = (name: 'first' | 'second', value: string) => (
    <select
      aria-label={name === 'first' ? 'before' : 'after'}
      value={value}
      onChange={({ currentTarget }) =>
        go({ ...route.value, by, first, second, [name]: currentTarget.value })
      }
    >
      {values.map((each) => (
        <option key={each.value} value={each.value}>
          {each.value} ({countWord(each.calls)})
        </option>
      ))}
    </select>
  )
  return (
    <div class="choice">
      <div class="times">
        {fields.map((field) => (
          <button
            key={field}
            type="button"
            aria-pressed={field === by}
            onClick={() => go({ ...route.value, by: field, first: '', second: '' })}
          >
            {field}
          </button>
        ))}
      </div>
      {select('first', first)}
      <button
        type="button"
        aria-label="swap both sides"
        onClick={() => go({ ...route.value, by, first: second, second: first })}
      >
        ⇄
      </button>
      {select('second', second)}
      <QueryBox placeholder="of calls that… tenant:nord since:7d" />
    </div>
  )
}

interface ResultProps {
  readonly by: string
  readonly first: string
  readonly second: string
}

function Result({ by, first, second }: ResultProps): VNode {
  const comparison = useSignal<Comparison | undefined>(undefined)
  const progress = useSignal<readonly [number, number]>([0, 0])
  const problem = useSignal('')
  const { q } = route.value
  const sides = { first: testOf(by, first), second: testOf(by, second) }
  useSignalEffect(() => {
    askComparison({ ...sides, q }, (done, of) => {
      progress.value = [done, of]
    }).then(
      (found) => {
        comparison.value = found
      },
      (error: Error) => {
        problem.value = error.message
      }
    )
  })
  const [done, of] = progress.value
  if (problem.value !== '') {
    return (
      <p class="wrong" role="alert">
        {problem.value}
      </p>
    )
  }
  return (
    <>
      {comparison.value ? (
        <Measures comparison={comparison.value} names={[first, second]} />
      ) : (
        <p class="late" role="status">
          <progress value={done} max={of || 1} /> {countWord(done)} calls read…
        </p>
      )}
      <Distributions by={by} names={[first, second]} q={q} />
      {comparison.value && <Pairs comparison={comparison.value} names={[first, second]} />}
    </>
  )
}
