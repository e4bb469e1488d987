import type { Terminal } from '../terminal.ts'
import { columnsOf } from './columns.ts'

const GAP = '  '

/** A table without rules: the columns' names with how they are aligned, then the rows. */
export function plainTable(
  columns: { readonly [name: string]: 'left' | 'right' },
  rows: readonly (readonly string[])[],
  terminal: Terminal
): string {
  return tableOf(Object.entries(columns), rows, terminal)
}

/** The same for columns that somebody else has named, as numbers for instance, which an object would put in another order. */
export function tableOf(
  columns: readonly (readonly [name: string, side: 'left' | 'right'])[],
  rows: readonly (readonly string[])[],
  terminal: Terminal
): string {
  const head = columns.map(([name]) => terminal.style('dim', name))
  const lines = [head, ...rows]
  const widths = head.map((_, at) => Math.max(...lines.map((cells) => columnsOf(cells[at] ?? ''))))
  const sides = columns.map(([, side]) => side)
  return lines
    .map((cells) =>
      widths
        .map((width, at) => padded(cells[at] ?? '', width, sides[at]))
        .join(GAP)
        .trimEnd()
    )
    .join('\n')
}

function padded(cell: string, width: number, side: 'left' | 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, width - columnsOf(cell)))
  return side === 'right' ? blanks + cell : cell + blanks
}
