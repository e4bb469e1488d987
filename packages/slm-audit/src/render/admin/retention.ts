import type { RetentionReport } from '@slm-audit/sqlite'
import type { Terminal } from '../../terminal.ts'
import { counted, sizeWord } from '../figures.ts'
import { plainTable } from '../plain-table.ts'
import { wrap } from '../words.ts'

const COLUMNS = { class: 'left', 'contents due': 'right', 'records due': 'right' } as const

/** What retention took, or would take, in words. */
export function renderRetention(
  report: RetentionReport,
  isDone: boolean,
  terminal: Terminal
): string {
  const { classes, expired, pruned } = report
  const isNothing = expired.records + pruned.records === 0
  const mark = isDone && !isNothing ? terminal.style('green', '✓ ') : ''
  const rows = classes.map(({ name, contents, headers }) => [name, count(contents), count(headers)])
  const table = rows.length > 0 ? [plainTable(COLUMNS, rows, terminal), ''] : []
  const notes = [
    ...tileNotes(report),
    ...keyNotes(report, isDone),
    ...holdNotes(report),
    ...exporterNotes(report)
  ]
  const lines = notes.flatMap((text) => wrap(text, terminal.width - 2).map((line) => `  ${line}`))
  return [...table, `${mark}${sentence(report, isDone)}`, ...lines].join('\n')
}

function sentence({ expired, pruned }: RetentionReport, isDone: boolean): string {
  if (expired.records + pruned.records === 0) return 'Nothing is due.'
  const verb = isDone ? 'taken out' : 'would be taken out'
  const tiles = `${count(pruned.tiles)} tile${pruned.tiles === 1 ? '' : 's'}`
  const whole = pruned.records > 0 ? `, and ${count(pruned.records)} whole records in ${tiles}` : ''
  const size = sizeWord(expired.bytes + pruned.bytes)
  return `the contents of ${count(expired.records)} records${whole} ${verb}: ${size}`
}

function tileNotes({ classes, pruned }: RetentionReport): string[] {
  const due = classes.reduce((sum, { headers }) => sum + headers, 0) - pruned.records
  if (due <= 0) return []
  return [`${count(due)} records are due and go with the rest of their tiles of 256`]
}

function keyNotes({ keys }: RetentionReport, isDone: boolean): string[] {
  if (keys === 0) return []
  const verb = isDone ? 'destroyed' : 'would be destroyed'
  return [`${counted(keys, 'data key')} ${verb}: older copies cannot be read with the log either`]
}

function holdNotes({ held, incidents }: RetentionReport): string[] {
  if (held === 0) return []
  return [`${count(held)} records that are due are held for ${incidents.join(', ')} and stay`]
}

function exporterNotes({ waiting }: RetentionReport): string[] {
  return waiting.map(
    ({ name, next }) => `records from ${next} on wait until exporter ${name} has delivered them`
  )
}

function count(value: number): string {
  return value.toLocaleString('en')
}
