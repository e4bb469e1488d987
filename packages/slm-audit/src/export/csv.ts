import { COLUMNS } from './flat-row.ts'
import type { ExportFormat } from './format.ts'

/**
 * RFC 4180, one row a call, with a header. Texts that a spreadsheet would take for a formula (they
 * begin with =, +, -, @, a tab or a return) get an apostrophe before them; numbers stay numbers.
 */
export const csv: ExportFormat = {
  name: 'csv',
  description: 'one row a call, for spreadsheets (RFC 4180)',
  async begin({ contents }) {
    const { stringify } = await import('csv-stringify/sync')
    const columns = COLUMNS.filter(({ isContent }) => contents || !isContent)
    const options = {
      record_delimiter: 'windows',
      escape_formulas: true,
      cast: { boolean: String }
    } as const
    const line = (values: readonly unknown[]) => stringify([[...values]], options)
    let head = line(columns.map(({ name }) => name))
    return {
      add(exported) {
        const row = head + line(columns.map((column) => column.read(exported)))
        head = ''
        return row
      },
      end: () => head
    }
  }
}
