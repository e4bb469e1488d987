import Table from 'cli-table3'
import type { Terminal } from '../terminal.ts'

/** A table without rules: the columns' names with how they are aligned, then the rows. */
export function plainTable(
  columns: { readonly [name: string]: 'left' | 'right' },
  rows: readonly (readonly string[])[],
  terminal: Terminal
): string {
  const table = new Table({
    head: Object.keys(columns).map((name) => terminal.style('dim', name)),
    chars: NO_RULES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: Object.values(columns)
  })
  table.push(...rows.map((row) => [...row]))
  return trimLines(table.toString())
}

/** cli-table3's rules, all empty. */
const NO_RULES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle'
  ].map((name) => [name, ''])
)

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
