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

/** Newest records of a kind that are shown. */
const MOST = 8

/** Records beside calls: gaps, holds, erasures, keys, accesses, and whatever else the log has. */
export function LogEvents(): VNode | null {
  const kinds = useSignal<readonly FacetCount[]>([])
  const records = useSignal<readonly AuditRecord[]>([])
  useSignalEffect(() => {
    void load()
  })
  const load = async (): Promise<void> => {
    const { kind = [] } = await askFacets(['kind'])
    const others = kind.filter(({ value }) => !OF_CALLS.includes(value))
    kinds.value = others
    records.value = await askEvents(others.map(({ value }) => value))
  }
  const hasGap = kinds.value.some(({ value }) => value === 'gap')
  return (
    <>
      <h2>Gaps</h2>
      {!hasGap && <p class="ok">✓ No record was lost, as far as the log knows.</p>}
      {kinds.value.map(({ value, calls }) => (
        <details key={value} class={value === 'gap' ? 'bad' : ''} open={value === 'gap'}>
          <summary>
            {WORDS[value] ?? value} <span class="faint">{countWord(calls)}</span>
          </summary>
          <ul>
            {records.value
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
