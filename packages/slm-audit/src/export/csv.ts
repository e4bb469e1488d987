import { loadOptional } from '../base/load-optional.ts'
import { COLUMNS } from './flat-row.ts'
import type { ExportFormat } from './format.ts'

/** With it Excel reads UTF-8, which it else takes for the code page of the machine. */
const BYTE_ORDER_MARK = '\uFEFF'

/**
 * What a spreadsheet may take for a formula: white space is passed over, because some programs trim
 * it; full-width signs count, because some programs fold them.
 */
const FORMULA = /^(?:[\t\r\n]|[\s\p{Cf}\p{Cc}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/u

/**
 * RFC 4180, one row a call, with a header. Texts are always quoted, so an empty text differs from an
 * unknown one and no character of a text ends a cell or a row. A text that a spreadsheet would take
 * for a formula gets an apostrophe before it; numbers stay numbers.
 */
export const csv: ExportFormat = {
  name: 'csv',
  description: 'one row a call, for spreadsheets (RFC 4180)',
  async begin({ contents, bom = false }) {
    const line = await csvLines('--format csv')
    const columns = COLUMNS.filter(({ isContent }) => contents || !isContent)
    const names = columns.map(({ name }) => name)
    let head = (bom ? BYTE_ORDER_MARK : '') + line(names, false)
    return {
      add(exported) {
        const values = columns.map((column) => column.read(exported))
        const row = head + line(values, true)
        head = ''
        return row
      },
      end: () => head
    }
  }
}

/**
 * Makes lines of CSV as above: of values, or of names, whose texts are quoted where they must be. Rejects with
 * AuditError that says what to install for `what`, an option, where the writer is not there.
 */
export async function csvLines(
  what: string
): Promise<(values: readonly unknown[], isQuoted: boolean) => string> {
  const { stringify } = await loadOptional(
    what,
    'csv-stringify',
    () => import('csv-stringify/sync')
  )
  return (values, isQuoted) =>
    stringify([[...values]], {
      record_delimiter: 'windows',
      quoted_string: isQuoted,
      cast: { string: withoutFormula, boolean: String }
    })
}

/** A text as it may stand in a cell: an apostrophe goes before what a spreadsheet would take for a formula. */
export function withoutFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}
