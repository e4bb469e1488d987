import { type AuditedCall, annotationText, textOf } from '@slm-audit/core/reader'
import { conversationOf } from '../../render/conversation.ts'
import { counted, durationFigure } from '../../render/figures.ts'
import { escaped } from '../html.ts'

/** What a timeline page says of an incident. */
export interface Incident {
  /** Its name: `INC-7`. */
  readonly name: string
  /** Name of the log. */
  readonly origin: string
  /** Which calls were collected, as a filter. */
  readonly filter: string
  /** When the bundle was made: ISO 8601, UTC. */
  readonly madeAt: string
  /** The calls, oldest first. */
  readonly calls: readonly AuditedCall[]
  /** Indices of records that no checkpoint covers yet. */
  readonly unproven: readonly number[]
}

const LONGEST = 4_000
const STYLE = `
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c1c1e }
  h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #ccc }
  .facts, .meta { color: #666 } .call { margin: 0 0 1rem; break-inside: avoid } .error { color: #b00020 }
  dl { display: grid; grid-template-columns: 7rem 1fr; gap: .15rem .75rem; margin: .2rem 0 }
  dt { color: #666 } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
  @media (prefers-color-scheme: dark) { body { background: #1c1c1e; color: #eee } .facts, .meta, dt { color: #aaa } }
  @media print { body { margin: 0; color: #000; background: #fff } }`

/** The page of an incident: its calls on one line of time, by day, for people and for paper. It needs nothing else. */
export function timelinePage(incident: Incident): string {
  const { name, origin, filter, madeAt, calls, unproven } = incident
  const errors = calls.filter(({ stage }) => stage === 'error').length
  const users = new Set(calls.flatMap(({ record }) => record.context?.user ?? []))
  const sessions = new Set(calls.flatMap(({ record }) => record.context?.session ?? []))
  const facts = [
    counted(calls.length, 'call'),
    counted(errors, 'error'),
    counted(users.size, 'user'),
    counted(sessions.size, 'session'),
    ...(calls.length > 0 ? [`${instant(calls[0])} to ${instant(calls.at(-1))}`] : [])
  ]
  const proofs =
    unproven.length === 0
      ? 'Each record has a proof in records/; slm-audit verify-proof records/*.tlog-proof --policy policy.txt checks them.'
      : `No checkpoint covers records ${unproven.join(', ')} yet: make the bundle again once the log is signed.`
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escaped(name)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(name)}</h1>`,
    `<p class="facts">${escaped(facts.join(' · '))}</p>`,
    `<p class="facts">log ${escaped(origin)} · filter ${escaped(filter || 'none')} · made ${escaped(madeAt)}. Times are UTC.<br>${escaped(proofs)}</p>`,
    ...daysOf(calls).flatMap(([day, of]) => [`<h2>${day}</h2>`, ...of.map(callHtml)]),
    '</body></html>\n'
  ].join('\n')
}

function daysOf(calls: readonly AuditedCall[]): [string, AuditedCall[]][] {
  return [...Map.groupBy(calls, ({ receivedAt }) => receivedAt.slice(0, 10))]
}

function callHtml(call: AuditedCall): string {
  const { record, stage, indices, receivedAt, annotations = [] } = call
  const { context, timing, outcome } = record
  const name = record.call?.name ?? record.call?.model ?? record.response?.model ?? record.kind
  const meta = [
    receivedAt.slice(11, 23),
    stage,
    name,
    context?.user ?? '',
    context?.session === undefined ? '' : `session ${context.session}`,
    timing === undefined ? '' : durationFigure(timing.durationMs),
    outcome?.type ?? outcome?.by ?? '',
    `record ${indices.join(', ')}`
  ]
  const said = conversationOf(call).now.map(({ role, text }) => [role, text] as const)
  const notes = annotations.map(({ says, kinds }) => ['note', annotationText(says, kinds)] as const)
  const rows = [...said, ...notes].map(
    ([role, text]) => `<dt>${escaped(role)}</dt><dd>${escaped(shortened(textOf(text)))}</dd>`
  )
  const isWrong = stage === 'error' || stage === 'abandoned' || stage === 'denied'
  const line = escaped(meta.filter((word) => word !== '').join(' · '))
  return `<div class="call"><div class="meta${isWrong ? ' error' : ''}">${line}</div><dl>${rows.join('')}</dl></div>`
}

function instant(call: AuditedCall | undefined): string {
  return call?.receivedAt.slice(0, 19).replace('T', ' ') ?? ''
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text
}
