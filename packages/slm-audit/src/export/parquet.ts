import { loadOptional } from '../base/load-optional.ts'
import { COLUMNS, type Column } from './flat-row.ts'
import type { ExportFormat } from './format.ts'

const TYPES = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  count: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  instant: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' }
} as const satisfies { readonly [Type in Column['type']]: object }

/** Rows that are kept before they are written. */
const ROW_GROUP = 10_000

/** Apache Parquet, one row a call, Snappy; unknown is null. */
export const parquet: ExportFormat = {
  name: 'parquet',
  description: 'one row a call, for analysis (DuckDB, pandas, Spark)',
  isBinary: true,
  async begin({ contents }) {
    const { ByteWriter, ParquetWriter } = await loadOptional(
      '--format parquet',
      'hyparquet-writer',
      () => import('hyparquet-writer')
    )
    const columns = COLUMNS.filter(({ isContent }) => contents || !isContent)
    const bytes = new ByteWriter()
    const schema = [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ name, type }) => ({
        name,
        repetition_type: 'OPTIONAL' as const,
        ...TYPES[type]
      }))
    ]
    const writer = new ParquetWriter({ writer: bytes, schema })
    let values: unknown[][] = columns.map(() => [])
    const flush = (): void => {
      const columnData = columns.map(({ name }, at) => ({ name, data: values[at] ?? [] }))
      writer.write({ columnData })
      values = columns.map(() => [])
    }
    return {
      add(exported) {
        columns.forEach((column, at) => {
          values[at]?.push(toValue(column, column.read(exported)))
        })
        if ((values[0]?.length ?? 0) >= ROW_GROUP) flush()
        return ''
      },
      end() {
        if ((values[0]?.length ?? 0) > 0) flush()
        writer.finish()
        return new Uint8Array(bytes.getBuffer())
      }
    }
  }
}

function toValue({ type }: Column, value: string | number | boolean | undefined): unknown {
  if (value === undefined) return null
  if (type === 'count') return BigInt(Math.trunc(Number(value)))
  return type === 'instant' ? new Date(String(value)) : value
}
