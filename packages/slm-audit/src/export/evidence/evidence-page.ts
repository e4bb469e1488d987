import type { VerifyReport } from '@slm-audit/core/reader'
import { counted } from '../../render/figures.ts'
import { escaped } from '../html.ts'
import { CONTROLS, DATES } from './controls.ts'
import type { EvidenceFacts, NotedEvent, Period } from './gather.ts'

/** What the page of an evidence pack is made of. */
export interface EvidencePage {
  readonly period: Period
  /** When the pack was made: ISO 8601, UTC. */
  readonly madeAt: string
  readonly report: VerifyReport
  readonly facts: EvidenceFacts
  /** Proofs of the sample, by the names of their files. */
  readonly proofs: readonly string[]
}

/** So many of the log's own records are listed in each table; evidence.json has all. */
const MOST = 200
const STYLE = `
  body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c1c1e }
  h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #bbb }
  p { margin: .3rem 0 } .facts { color: #555 } table { border-collapse: collapse; width: 100%; margin: .5rem 0 }
  th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #ddd; overflow-wrap: anywhere }
  .words td, th { overflow-wrap: normal } th { color: #555; font-weight: 600 } tr { break-inside: avoid }
  code { font: .92em/1.3 ui-monospace, monospace } code span { white-space: nowrap; overflow-wrap: normal }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
  @page { size: A4 landscape; margin: 16mm } @media print { body { margin: 0; max-width: none; font-size: 9.5pt } h2 { break-after: avoid } }`

/** The page of an evidence pack, for people and for paper: it needs nothing else, and says nothing of calls' contents. */
export function evidencePage({ period, madeAt, report, facts, proofs }: EvidencePage): string {
  const { from = 'the beginning', to = 'the end' } = period
  const { origin, size, verdict, flaw, unsigned, newestCheckpoint } = report
  const judged = flaw ? `flawed: record ${flaw.index}, ${flaw.kind}: ${flaw.detail}` : verdict
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>Evidence of ${escaped(origin)}</title><style>${STYLE}</style></head><body>`,
    `<h1>Evidence of ${escaped(origin)}</h1>`,
    paragraph(`${from} to ${to} · made ${madeAt} · times are UTC`),
    paragraph(
      `The log has ${counted(size, 'record')}. Verification: ${judged}; ${counted(unsigned, 'record')} not signed yet.`
    ),
    paragraph('This page gives evidence. Whether a rule is met is for people to judge.'),
    ...coverageParts(facts),
    heading('Checkpoints'),
    paragraph(
      `${counted(report.checkpoints, 'checkpoint')} with the right root, signature and key. The newest:`
    ),
    `<pre>${escaped(newestCheckpoint ?? 'none')}</pre>`,
    events('Holds', facts.holds, 'Nothing was held.'),
    events('Erasures, redactions, expiry and pruning', facts.erasures, 'Nothing was taken out.'),
    events(
      'Accesses',
      facts.accesses,
      facts.readsAudited ? 'Nobody read it.' : 'Accesses are not recorded: readAudit is not set.'
    ),
    events('Other records of the log', facts.lifecycle, 'There are none.'),
    heading('Proofs of a sample'),
    paragraph(
      `${counted(proofs.length, 'record')}, spread evenly over the calls of the period; README.txt says how to check them.`
    ),
    table(
      ['proof'],
      proofs.map((name) => [name])
    ),
    '</body></html>\n'
  ].join('\n')
}

/** Controls, and what was recorded of what happened. */
function coverageParts(facts: EvidenceFacts): string[] {
  return [
    heading('Controls'),
    table(
      ['control', 'asks for', 'shown by', 'found', 'command', 'standards'],
      CONTROLS.map((each) => [
        each.control,
        each.asks,
        each.shownBy,
        each.found(facts),
        { command: each.command },
        each.standards ?? '–'
      ]),
      'words'
    ),
    paragraph(
      'Commands are run in the folder of this pack, with SLM_AUDIT_FILE as the path of the log.'
    ),
    paragraph(DATES),
    heading('Coverage'),
    paragraph(
      `Wrapped clients opened ${counted(facts.calls, 'call')}, and ${count(facts.ended)} of them have a record of their end. Calls past a wrapped client are not seen.`
    ),
    table(
      ['rule of the policy', 'level', 'calls', 'ended', 'without an end'],
      facts.rules.map((each) => [
        each.rule,
        each.level,
        count(each.received),
        count(each.ended),
        count(each.received - each.ended)
      ])
    ),
    heading('Outcomes and failures'),
    table(
      ['outcome', 'calls'],
      facts.outcomes.map(([name, calls]) => [name, count(calls)])
    ),
    events('Gaps', facts.gaps, 'No record was lost.'),
    heading('Policies'),
    table(
      ['SHA-256 of a policy that decided'],
      facts.policies.map((digest) => [digest])
    ),
    events('History of policies', facts.changes, 'No policy was set.'),
    events('Keys', facts.keys, 'The log has no key.')
  ]
}

function events(title: string, all: readonly NotedEvent[], none: string): string {
  if (all.length === 0) return [heading(title), paragraph(none)].join('\n')
  const rows = all.slice(0, MOST).map(({ index, at, says }) => [count(index), at, says])
  const left = all.length - rows.length
  const rest = left > 0 ? [paragraph(`${count(left)} more are in evidence.json.`)] : []
  return [heading(title), table(['record', 'at', 'says'], rows), ...rest].join('\n')
}

/** What stands in a cell: a text, or a command. */
type Cell = string | { readonly command: string }

/** A table; of the class `words` it breaks between words alone, so that no column is narrower than its longest. */
function table(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  kind: 'words' | 'marks' = 'marks'
): string {
  if (rows.length === 0) return paragraph('None.')
  const head = heads.map((each) => `<th>${escaped(each)}</th>`).join('')
  const body = rows.map(
    (row) => `<tr>${row.map((cell) => `<td>${cellOf(cell)}</td>`).join('')}</tr>`
  )
  return `<table class="${kind}"><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`
}

/** A command breaks between its words, and not within them. */
function cellOf(cell: Cell): string {
  if (typeof cell === 'string') return escaped(cell)
  const words = cell.command.split(' ').map((word) => `<span>${escaped(word)}</span>`)
  return `<code>${words.join(' ')}</code>`
}

const heading = (text: string): string => `<h2>${escaped(text)}</h2>`
const paragraph = (text: string): string => `<p class="facts">${escaped(text)}</p>`
const count = (value: number): string => value.toLocaleString('en')
