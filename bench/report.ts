import { readFileSync, writeFileSync } from 'node:fs'
import type { Result } from './harness.ts'

/** The lines of one benchmark. */
export interface Measured {
  readonly name: string
  /** Whether other programs kept both processors busy meanwhile. */
  readonly isBusy: boolean
  readonly lines: readonly Result[]
}

const BEGIN = '<!-- tables: written by `bench -- --report` -->'
const END = '<!-- end of the tables -->'
const TITLES: { readonly [title: string]: readonly string[] } = {
  'What is lost': ['survival', 'extremes'],
  'What a process pays': ['keeping', 'call', 'chunk', 'loop', 'startup'],
  'From the call to the row': [
    'throughput',
    'tree',
    'history',
    'cold',
    'verification',
    'encryption',
    'retention'
  ],
  'Lists and searches': ['reading', 'index', 'viewer'],
  Exporters: ['exporters'],
  'Adapters, each against its bare client with canned answers': ['adapters']
}

/** Writes the tables of docs/benchmarks.md anew, between its marks; `missing` names what there was no time for. Throws where it has no marks. */
export function writeReport(
  where: string,
  measured: readonly Measured[],
  missing: readonly string[]
): void {
  const path = new URL('../docs/benchmarks.md', import.meta.url)
  const text = readFileSync(path, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md lacks ${BEGIN} or ${END}`)
  const parts = Object.entries(TITLES).flatMap(([title, names]) => {
    const of = measured.filter(({ name, isBusy }) => names.includes(name) && !isBusy)
    return of.length > 0 ? [`## ${title}\n\n${table(of.flatMap(({ lines }) => lines))}`] : []
  })
  const busy = measured.filter(({ isBusy }) => isBusy).flatMap(({ lines }) => lines)
  if (busy.length > 0) parts.push(`## With both processors busy with other work\n\n${table(busy)}`)
  if (missing.length > 0) parts.push(`Not measured, as the time was over: ${missing.join(', ')}.`)
  const tables = `${BEGIN}\n\nAs printed by ${where}.\n\n${parts.join('\n\n')}\n\n`
  writeFileSync(path, text.slice(0, from) + tables + text.slice(to))
}

function table(lines: readonly Result[]): string {
  const rows = lines.map(({ what, ours, control, ratio, aim, met }) => {
    const cells = [what, ours, control, ratio, aim, aim === '' ? '' : met ? 'yes' : 'no']
    return cells.map((cell) => cell.replaceAll('|', '\\|'))
  })
  const head = ['what', 'ours', 'control', 'ratio', 'aim', 'met']
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((cells) => cells[at]?.length ?? 0))
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
