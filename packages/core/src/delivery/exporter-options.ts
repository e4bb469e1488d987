import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { Exporter, ExporterOptions } from './exporter.ts'

const NUMBERS = {
  batchSize: 200,
  batchBytes: 1024 * 1024,
  delayMs: 200,
  deadlineMs: 10_000,
  firstRetryMs: 500,
  lastRetryMs: 60_000
} as const
const OTHERS = ['from', 'kinds', 'stages', 'contents']

/** Options of one delivery, completed. */
export type DeliverySettings = { readonly [Name in keyof typeof NUMBERS]: number } & {
  readonly kinds: readonly string[] | undefined
  readonly stages: readonly string[] | undefined
  readonly from: 'start' | 'now'
  readonly contents: boolean
}

/** Checks an exporter. Throws AuditError `bad_option` that names what is missing. */
export function checkExporter(exporter: Exporter): void {
  if (!isObject(exporter) || typeof exporter.export !== 'function') {
    throw bad('an exporter must be one, for instance defineExporter({ name, export })')
  }
  if (typeof exporter.name !== 'string' || !/^[\w.-]{1,64}$/.test(exporter.name)) {
    throw bad(
      `an exporter's name must be 1 to 64 letters, digits, dots, dashes or underscores, not ${JSON.stringify(exporter.name)}`
    )
  }
  if (typeof exporter[Symbol.asyncDispose] !== 'function') {
    throw bad(`the exporter ${exporter.name} has no [Symbol.asyncDispose]; use defineExporter`)
  }
}

/** Completes options. Throws AuditError `bad_option` that names the field and what it takes. */
export function checkExporterOptions(options: ExporterOptions): DeliverySettings {
  if (!isObject(options)) throw bad('addExporter takes options as an object')
  refuseUnknown('addExporter', options, [...Object.keys(NUMBERS), ...OTHERS])
  const numbers: { -readonly [Name in keyof typeof NUMBERS]: number } = { ...NUMBERS }
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
    const value: unknown = options[name]
    if (value === undefined) continue
    const least = name === 'delayMs' ? 0 : 1
    if (typeof value !== 'number' || !(value >= least)) {
      throw bad(`${name} must be a number of at least ${least}`)
    }
    numbers[name] = value
  }
  const { from = 'start', contents = true } = options
  if (from !== 'start' && from !== 'now') throw bad('from must be start or now')
  if (typeof contents !== 'boolean') throw bad('contents must be true or false')
  const { kinds, stages }: ExporterOptions = options
  for (const [name, value] of Object.entries({ kinds, stages })) {
    if (value !== undefined && !isListOfTexts(value)) throw bad(`${name} must be a list of strings`)
  }
  return { ...numbers, from, contents, kinds, stages }
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function bad(message: string): AuditError {
  return new AuditError('bad_option', message)
}
