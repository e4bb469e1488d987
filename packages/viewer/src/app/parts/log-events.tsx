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
  'contents.expired': 'Contents expired; their commitments still verify',
  'contents.redacted': 'Parts of contents were taken out later',
  'policy.set': 'The policy that it began with',
  'policy.changed': 'The policy changed',
  'policy.omitted': 'Calls that the policy leaves out, counted',
  'log.unsigned': 'Records were found that nobody had signed',
  'log.recovered': 'What ended processes left behind was taken in',
  'key.added': 'Keys that may sign the log',
  'access.audited': 'From here on the log records who reads it',
  access: 'Somebody read contents',
  anomaly: 'Something went otherwise than usual'
}

function wordOf(kind: string): string {
  return (Object.hasOwn(WORDS, kind) ? WORDS[kind] : undefined) ?? kind
}

/** The kind of the records that say that others were lost. */
const GAP = 'gap'
/** The kind of the record from which on a log records who reads it. */
const AUDITED = 'access.audited'

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
  const show = ({ value, calls }: FacetCount): VNode => (
    <Kind
      key={value}
      kind={value}
      count={calls}
      records={(records.value ?? []).filter((record) => record.kind === value)}
    />
  )
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
      {kinds.value.filter(({ value }) => value === GAP).map(show)}
      <h2>Accesses, holds, retention, keys</h2>
      {records.value && !kinds.value.some(({ value }) => value === AUDITED) && (
        <p class="faint">Who reads is not recorded; the option readAudit does that.</p>
      )}
      {kinds.value.filter(({ value }) => value !== GAP).map(show)}
    </>
  )
}

interface KindProps {
  readonly kind: string
  readonly count: number
  readonly records: readonly AuditRecord[]
}

/** How many records of a kind there are, and the newest ones. */
function Kind({ kind, count, records }: KindProps): VNode {
  return (
    <details class={kind === GAP ? 'bad' : ''} open={kind === GAP}>
      <summary>
        <Visible text={wordOf(kind)} /> <span class="faint">{countWord(count)}</span>
      </summary>
      <ul>
        {records.slice(0, MOST).map((record) => (
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
  )
}
