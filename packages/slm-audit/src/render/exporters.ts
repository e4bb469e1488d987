import type { ExporterStatus } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { timeWord, zoneWord } from './clock-words.ts'
import { plainTable } from './plain-table.ts'
import { cut } from './words.ts'

const COLUMNS = {
  exporter: 'left',
  state: 'left',
  behind: 'right',
  delivered: 'right',
  rate: 'right'
} as const
const NAME_WIDTH = 24
const SHOWN_ASIDE = 5

/** Exporters as a table, then the failure and the refused records of each. */
export function renderExporters(exporters: readonly ExporterStatus[], terminal: Terminal): string {
  if (exporters.length === 0)
    return terminal.style('dim', 'No exporter has delivered from this log.')
  const rows = exporters.map((exporter) => [
    terminal.style('cyan', cut(exporter.name, NAME_WIDTH)),
    stateOf(exporter, terminal),
    String(exporter.lag),
    String(exporter.delivered),
    exporter.rate === undefined ? '' : `${exporter.rate}/s`,
    exporter.storedAt === undefined ? 'never' : timeWord(exporter.storedAt, terminal)
  ])
  const notes = exporters.flatMap((exporter) => notesOn(exporter, terminal))
  const columns = { ...COLUMNS, [`stored (${zoneWord(terminal)})`]: 'left' } as const
  return [plainTable(columns, rows, terminal), ...(notes.length > 0 ? ['', ...notes] : [])].join(
    '\n'
  )
}

function stateOf({ failures, lag }: ExporterStatus, terminal: Terminal): string {
  if (failures > 0) return terminal.style('red', `failing (${failures})`)
  return lag > 0 ? terminal.style('yellow', 'behind') : terminal.style('green', 'up to date')
}

function notesOn({ name, lastError, failures, setAside }: ExporterStatus, terminal: Terminal) {
  const notes: string[] = []
  if (lastError) {
    const when = `${failures > 0 ? 'last' : 'earlier'} error ${timeWord(lastError.at, terminal)}`
    notes.push(`${name}: ${when}: ${lastError.message}`)
  }
  if (setAside.length > 0) notes.push(`${name}: ${setAside.length} set aside`)
  for (const { index, reason } of setAside.slice(0, SHOWN_ASIDE)) {
    notes.push(`  record ${index}: ${reason}`)
  }
  if (setAside.length > SHOWN_ASIDE) notes.push(`  … (--json has all)`)
  return notes.map((note) => cutKeepingIndent(note, terminal.width))
}

function cutKeepingIndent(note: string, width: number): string {
  const [indent = ''] = /^ */.exec(note) ?? []
  return indent + cut(note, width - indent.length)
}
