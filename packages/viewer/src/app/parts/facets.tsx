import type { FacetCount, FacetsWithin } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { isWhole, problem, rows } from '../state/calls.ts'
import { FACETS, facets, facetsWithin } from '../state/figures.ts'
import { go, listOf, route } from '../state/route.ts'
import { testOf, toggled, wordsIn } from '../text/filter-words.ts'
import { STAGES } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { countWord } from '../text/words.ts'

/** Values that are shown before somebody asks for more. */
const FIRST = 6
/** Values of a field that are offered. */
const MOST = 20

/** Values with counts beside the list: a click narrows it, with Alt it leaves them out. */
export function Facets(): VNode {
  const { q } = route.value
  // Where all calls of the filter are here, they are counted; else the reader counts its newest ones.
  const counts: Counts = isOfLog() ? {} : isWhole() ? countsOfRows() : (within()?.fields ?? {})
  return (
    <aside class="facets" aria-label="Values">
      {FACETS.map((field) => {
        const isOfAll = q !== '' && counts[field] === undefined
        const values = counts[field] ?? facets.value[field] ?? []
        return <Facet key={field} field={field} values={values} isOfAll={isOfAll} />
      })}
      <p class="faint late">{scopeWord()}; Alt-click leaves out</p>
    </aside>
  )
}

/** Whether the counts are of the whole log: there is no filter, or it cannot be read. */
function isOfLog(): boolean {
  return route.value.q === '' || problem.value !== undefined
}

type Counts = FacetsWithin['fields']

/** What the reader counted of the filter that is shown. */
function within(): FacetsWithin | undefined {
  const { q, found } = facetsWithin.value
  return q === route.value.q ? found : undefined
}

/** What the counts are of, where a heading does not say it. */
function scopeWord(): string {
  if (isOfLog()) return 'counts of the whole log'
  if (isWhole()) return 'counts of these calls'
  const counted = within()
  if (!counted?.hasMore) return 'counts of the calls of this filter'
  return `counts of the newest ${countWord(counted.calls)} calls of this filter`
}

interface FacetProps {
  readonly field: string
  readonly values: readonly FacetCount[]
}

interface OneFacetProps extends FacetProps {
  /** Whether its counts are of the whole log, though the list is not. */
  readonly isOfAll: boolean
}

function Facet({ field, values, isOfAll }: OneFacetProps): VNode | null {
  if (values.length === 0) return null
  const [first, rest] = [values.slice(0, FIRST), values.slice(FIRST)]
  return (
    <section>
      <h2>
        {field}
        {isOfAll && ', in the whole log'}
      </h2>
      <Values field={field} values={first} />
      {rest.length > 0 && (
        <details>
          <summary class="faint">{rest.length} more</summary>
          <Values field={field} values={rest} />
        </details>
      )}
    </section>
  )
}

function Values({ field, values }: FacetProps): VNode {
  const words = wordsIn(route.value.q)
  return (
    <ul>
      {values.map(({ value, calls }) => {
        const word = testOf(field, value)
        const isOut = words.includes(`-${word}`)
        const choose = (event: MouseEvent): void =>
          go(listOf(toggled(route.value.q, event.altKey || isOut ? `-${word}` : word)))
        return (
          <li key={value}>
            <button
              type="button"
              class={isOut ? 'out' : ''}
              aria-pressed={isOut || words.includes(word)}
              onClick={choose}
            >
              <span>
                {isOut && 'not '}
                {field === 'stage' && `${STAGES[value as keyof typeof STAGES]?.[0] ?? ''} `}
                <Visible text={value} />
              </span>
              <span class="faint">{countWord(calls)}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

function countsOfRows(): Counts {
  const found = FACETS.map((field) => {
    const counts = new Map<string, number>()
    const name = field === 'error' ? 'errorType' : field
    for (const call of rows.value) {
      const value = call[name]
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    const values = [...counts].map(([value, calls]) => ({ value, calls }))
    return [field, values.sort((one, other) => other.calls - one.calls).slice(0, MOST)] as const
  })
  return Object.fromEntries(found)
}
