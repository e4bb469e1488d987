import type { CallSummary } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { rows } from '../state/calls.ts'
import { go, route } from '../state/route.ts'
import { STAGES } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { countWord } from '../text/words.ts'

/** What the rows are grouped by beside the list. */
const FIELDS = ['stage', 'model', 'user', 'tool', 'kind'] as const
const MOST = 8

/** Values of the rows that are loaded, with counts: a click narrows the list, with Alt it leaves them out. */
export function Facets(): VNode {
  return (
    <aside class="facets" aria-label="Values of the calls shown">
      {FIELDS.map((field) => (
        <Facet key={field} field={field} />
      ))}
      <p class="faint">of the calls loaded; Alt leaves out</p>
    </aside>
  )
}

function Facet({ field }: { readonly field: (typeof FIELDS)[number] }): VNode | null {
  const counts = countsOf(rows.value, field)
  if (counts.length < (field === 'kind' || field === 'tool' ? 1 : 1)) return null
  const words = route.value.q.split(/\s+/).filter(Boolean)
  const choose = (value: string, isLeftOut: boolean): void => {
    const word = `${field}:${/[\s"]/.test(value) ? JSON.stringify(value) : value}`
    const rest = words.filter((each) => each !== word && each !== `-${word}`)
    const isOn = words.includes(word) && !isLeftOut
    go({
      screen: 'calls',
      q: [...rest, ...(isOn ? [] : [isLeftOut ? `-${word}` : word])].join(' ')
    })
  }
  return (
    <section>
      <h2>{field}</h2>
      <ul>
        {counts.slice(0, MOST).map(([value, count]) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={words.includes(`${field}:${value}`)}
              onClick={(event) => choose(value, event.altKey)}
            >
              <span>
                {field === 'stage' && `${STAGES[value as CallSummary['stage']][0]} `}
                <Visible text={value} />
              </span>
              <span class="faint">{countWord(count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function countsOf(
  calls: readonly CallSummary[],
  field: (typeof FIELDS)[number]
): [string, number][] {
  const counts = new Map<string, number>()
  for (const call of calls) {
    const value = call[field]
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts].sort(([, one], [, other]) => other - one)
}
