import type { IndexCheck, IndexReport } from '@slm-audit/sqlite'
import type { Terminal } from '../terminal.ts'
import { visible } from './columns.ts'

/** What is shown of a list. */
const SHOWN = 10

/** How an index compares with the records, for a person. */
export function renderIndexCheck(check: IndexCheck, terminal: Terminal): string {
  const { records, size, differing, words } = check
  const behind = size - records
  const lag = behind > 0 ? `, ${behind.toLocaleString('en')} behind` : ''
  if (differing.length + words.length === 0) {
    const count = records.toLocaleString('en')
    return `${terminal.style('green', 'index as its records')}: ${count} of them${lag}`
  }
  return [
    `${terminal.style('red', 'the index differs from its records')}${lag}; slm-audit reindex makes it anew`,
    ...list('calls', differing),
    ...list('words', words)
  ].join('\n')
}

/** What could not be indexed, a line each. */
export function renderSkipped({ skipped }: IndexReport): string[] {
  const lines = skipped
    .slice(0, SHOWN)
    .map(({ index, reason }) => `record ${index}: ${visible(reason)}`)
  if (skipped.length > SHOWN) lines.push(`and ${skipped.length - SHOWN} more`)
  return lines
}

function list(what: string, all: readonly string[]): string[] {
  if (all.length === 0) return []
  const more = all.length > SHOWN ? ', …' : ''
  return [`  ${what}: ${all.slice(0, SHOWN).map(visible).join(', ')}${more}`]
}
