import { useSignal, useSignalEffect } from '@preact/signals'
import type { AuditRecord, FacetCount } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { askEvents, askFacets } from '../api.ts'
import { hrefOf } from '../state/route.ts'
import { inOneLine } from '../text/json-tree.tsx'
import { Visible } from '../text/visible.tsx'
import { countWord, momentWord } from '../text/words.ts'

/** Kinds that are calls, or say something about one. */
const OF_CALLS = ['call', 'tool', 'step', 'annotation']

/** What the kinds mean to somebody who asks whether the log can be trusted. */
const WORDS: { readonly [kind: string]: string } = {
  gap: 'Records were lost, and counted',
  'hold.added': 'Calls are held: they are not erased, and do not expire',
  'hold.released': 'Holds have ended',
  'contents.erased': 'Contents were erased; their commitments still verify',
  'policy.changed': 'The policy changed',
  'key.added': 'Keys that may sign the log',
  access: 'Somebody read contents',
  anomaly: 'Something went otherwise than usual'
}

function wordOf(kind: string): string {
  return (Object.hasOwn(WORDS, kind) ? WORDS[kind] : undefined) ?? kind
}

/** The kind of the records that say that others were lost. */
const GAP = 'gap'

/** Newest records of a kind that are shown. */
const MOST = 8

/** Records beside calls: gaps, holds, erasures, keys, accesses, and whatever else the log has. */
export function LogEvents(): VNode | null {
  const kinds = useSignal<readonly FacetCount[]>([])
  const records = useSignal<readonly AuditRecord[] | undefined>(undefined)
  const problem = useSignal('')
  useSignalEffect(() => {
    load().catch((error: Error) => {
      problem.value = error.message
    })
  })
  const load = async (): Promise<void> => {
    const { kind = [] } = await askFacets(['kind'])
    const others = kind.filter(({ value }) => !OF_CALLS.includes(value))
    const found = await askEvents([...new Set([GAP, ...others.map(({ value }) => value)])])
    // Kinds that are rarer than many others are not among the counts.
    const gaps = found.filter((record) => record.kind === GAP).length
    const isCounted = gaps === 0 || others.some(({ value }) => value === GAP)
    kinds.value = isCounted ? others : [{ value: GAP, calls: gaps }, ...others]
    records.value = found
  }
  return (
    <>
      <h2>Gaps</h2>
      {problem.value !== '' && (
        <p class="wrong" role="alert">
          {problem.value}
        </p>
      )}
      {records.value?.every(({ kind }) => kind !== GAP) && (
        <p class="ok">✓ No record was lost, as far as the log knows.</p>
      )}
      {kinds.value.map(({ value, calls }) => (
        <details key={value} class={value === GAP ? 'bad' : ''} open={value === GAP}>
          <summary>
            <Visible text={wordOf(value)} /> <span class="faint">{countWord(calls)}</span>
          </summary>
          <ul>
            {(records.value ?? [])
              .filter(({ kind }) => kind === value)
              .slice(0, MOST)
              .map((record) => (
                <li key={record.auditId}>
                  <a href={hrefOf({ screen: 'call', id: String(record.log.index) })}>
                    {momentWord(record.at)}
                  </a>{' '}
                  <span class="mono soft">
                    <Visible text={inOneLine(record.event, 160)} />
                  </span>
                </li>
              ))}
          </ul>
        </details>
      ))}
    </>
  )
}
