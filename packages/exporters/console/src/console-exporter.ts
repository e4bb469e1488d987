import {
  AuditError,
  type Exporter,
  encodeSealed,
  encodeWith,
  refuseUnknown,
  type SealedRecord
} from '@slm-audit/core/exporter'
import { type Paint, prettyRecord } from './pretty-record.ts'
import { type TextStream, writeText } from './write-text.ts'

export type { TextStream } from './write-text.ts'

/** Options of `consoleExporter`. */
export interface ConsoleExporterOptions {
  /** Where lines go: `process.stdout`, or any writable stream of Node. */
  readonly stream: TextStream
  /**
   * `pretty`: a line a record and its texts below, for people. `json`: a line of JSON a record
   * (`encodeSealed` of the core), for programs; or what makes a line of a record, such
   * as `toCef` of `@slm-audit/formats`. `pretty` for a terminal, else `json`, unless given.
   */
  readonly format?: 'pretty' | 'json' | ((sealed: SealedRecord) => string)
  /** Longest text of a content in a pretty line, in characters; 200 unless given, 0 for none. */
  readonly textLength?: number
  /** Names the cursor; `console` unless given. */
  readonly name?: string
}

const OPTIONS = ['stream', 'format', 'textLength', 'name']
const CODES = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

/**
 * Writes records to a stream. Colours are for terminals, and not where NO_COLOR is set. Add it
 * with `from: 'now'` unless what is in the journal already shall be written as well. Throws
 * AuditError `bad_option`.
 */
export function consoleExporter(options: ConsoleExporterOptions): Exporter {
  refuseUnknown('consoleExporter', options, OPTIONS)
  const { stream, textLength = 200, name = 'console' } = options
  if (typeof stream?.write !== 'function') {
    throw new AuditError('bad_option', 'stream must be a writable stream, such as process.stdout')
  }
  const format = options.format ?? (stream.isTTY === true ? 'pretty' : 'json')
  if (format !== 'pretty' && format !== 'json' && typeof format !== 'function') {
    throw new AuditError('bad_option', 'format must be pretty, json or a function')
  }
  if (typeof textLength !== 'number' || !(textLength >= 0)) {
    throw new AuditError('bad_option', 'textLength must be a number of at least 0')
  }
  const isColoured = stream.isTTY === true && !process.env.NO_COLOR
  const paint: Paint = (colour, text) =>
    isColoured ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text
  const own = typeof format === 'function' ? format : undefined
  const lineOf =
    (own && ((sealed: SealedRecord) => encodeWith(own, sealed))) ??
    (format === 'json' ? encodeSealed : prettyRecord({ paint, textLength }))
  return {
    name,
    async export(batch, signal) {
      try {
        await writeText(stream, batch.map((sealed) => `${lineOf(sealed)}\n`).join(''), signal)
        return { status: 'stored' }
      } catch (error) {
        const isRefused = AuditError.is(error) && error.code === 'export_rejected'
        return { status: isRefused ? 'rejected' : 'retry', error }
      }
    },
    [Symbol.asyncDispose]: async () => undefined
  }
}
