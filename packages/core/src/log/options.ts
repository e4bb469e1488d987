import { isObject } from '../base/json.ts'
import type { Exporter, ExporterEntry, ExporterOptions } from '../delivery/exporter.ts'
import { checkExporter, checkExporterOptions } from '../delivery/exporter-options.ts'
import { type Policy, parsePolicy } from '../policy/policy.ts'
import type { AuditLogOptions } from './audit-log-options.ts'
import { checkLogOptions } from './check-log-options.ts'
import { LOG_OPTIONS } from './log-options.ts'

export type { AuditLogOptions, CommonLogOptions } from './audit-log-options.ts'

/**
 * Who waits for the journal. `async`: nobody. `blocking`: the answer waits for its record, at most
 * until the deadline. `blocking-strict`: as well, no record means no call: when `received` cannot
 * be stored the model is not called and the caller gets AuditError `not_recorded`.
 */
export type Mode = (typeof LOG_OPTIONS.mode.of)[number]

type Table = typeof LOG_OPTIONS
type NumberName = {
  [Name in keyof Table]: Table[Name]['takes'] extends 'number' ? Name : never
}[keyof Table]

/** The options that core itself works with, completed. */
export interface Settings
  extends Readonly<Record<NumberName, number>>,
    Pick<AuditLogOptions, 'onProblem' | 'traceContext'> {
  readonly mode: Mode
  readonly exporters: readonly (readonly [Exporter, ExporterOptions])[]
  readonly media: (typeof LOG_OPTIONS.media.of)[number]
  readonly policy: Policy | undefined
}

/**
 * Completes options. Throws AuditError `bad_option` that names the field and what it takes, or `bad_policy`.
 */
export function checkOptions(options: AuditLogOptions): Settings {
  const checked = checkLogOptions(options, LOG_OPTIONS) as unknown as Settings
  const exporters = (options.exporters ?? []).map(entryOf)
  for (const [exporter, more] of exporters) {
    checkExporter(exporter)
    checkExporterOptions(more)
  }
  const policy = options.policy === undefined ? undefined : parsePolicy(options.policy)
  return { ...checked, exporters, policy }
}

function entryOf(entry: ExporterEntry): readonly [Exporter, ExporterOptions] {
  if (!isObject(entry) || !('exporter' in entry)) return [entry as Exporter, {}]
  const { exporter, ...options } = entry as ExporterOptions & { readonly exporter: Exporter }
  return [exporter, options]
}
