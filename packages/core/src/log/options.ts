import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { Exporter, ExporterEntry, ExporterOptions } from '../delivery/exporter.ts'
import { checkExporter, checkExporterOptions } from '../delivery/exporter-options.ts'
import type { Journal } from '../journal/journal.ts'
import type { TraceIds } from '../record/call-facts.ts'
import type { Platform } from '../runtime/platform.ts'

/**
 * Who waits for the journal. `async`: nobody. `blocking`: the answer waits for its record, at most
 * until the deadline. `blocking-strict`: as well, no record means no call: when `received` cannot
 * be stored the model is not called and the caller gets AuditError `not_recorded`.
 */
export type Mode = 'async' | 'blocking' | 'blocking-strict'

/** Options of `createAuditLog`. All but `journal` may be left out. */
export interface AuditLogOptions {
  /** Where records go; the log disposes it when it closes. */
  readonly journal: Journal
  /** Name of the application, its version, and where it runs. */
  readonly service?: string
  readonly version?: string
  readonly environment?: string
  /** `dev`, `eval`, `staging` or `prod`. */
  readonly phase?: string
  /** Where records are shipped to from the journal; see `addExporter`. */
  readonly exporters?: readonly ExporterEntry[]
  /** `async` unless given. */
  readonly mode?: Mode
  /** Longest wait of a caller, and of an exit, for the journal in milliseconds; 5,000 unless given. */
  readonly deadlineMs?: number
  /** Longest time that a record waits to share a transaction, in milliseconds; 20 unless given. */
  readonly windowMs?: number
  /** Most records in a transaction; 500 unless given. Large ones fill it earlier. */
  readonly batchSize?: number
  /** Most records that may wait for the journal; 10,000 unless given. More are counted in a gap. */
  readonly maxRecords?: number
  /** Most bytes that may wait for the journal; 64 MiB unless given. More are counted in a gap. */
  readonly maxBytes?: number
  /** Longest content in UTF-16 code units; 16 Mi unless given. More is cut off and marked. */
  readonly maxContentLength?: number
  /**
   * What is kept of images, sounds and files in prompts and answers: `digest` (unless given) keeps
   * SHA-256, size and type; `keep` keeps the bytes, too, as contents of their own.
   */
  readonly media?: 'digest' | 'keep'
  /**
   * Gives the W3C ids of the span that code runs in here and now; asked at every call. For
   * OpenTelemetry, `otelTraceContext()` of `@slm-audit/otlp`.
   */
  readonly traceContext?: () => TraceIds | undefined
  /** Hears of every problem of the audit log. Without it the platform warns. */
  readonly onProblem?: (problem: AuditError) => void
  /**
   * What the runtime offers beyond Web APIs. Unless given, the platform of the journal: Node for
   * journals in SQLite and in files, else `webPlatform()`. In Node, `nodePlatform()` of
   * `@slm-audit/core/node` carries context through asynchronous code also over `memoryJournal()`.
   */
  readonly platform?: Platform
}

/** The options that core itself works with, completed. */
export interface Settings {
  readonly mode: Mode
  readonly exporters: readonly (readonly [Exporter, ExporterOptions])[]
  readonly deadlineMs: number
  readonly windowMs: number
  readonly batchSize: number
  readonly maxRecords: number
  readonly maxBytes: number
  readonly maxContentLength: number
  readonly media: 'digest' | 'keep'
  readonly onProblem: ((problem: AuditError) => void) | undefined
  readonly traceContext: (() => TraceIds | undefined) | undefined
}

const TEXTS = ['service', 'version', 'environment', 'phase'] as const
const NUMBERS = {
  deadlineMs: 5_000,
  windowMs: 20,
  batchSize: 500,
  maxRecords: 10_000,
  maxBytes: 64 * 1024 * 1024,
  maxContentLength: 16 * 1024 * 1024
} as const
const MODES: readonly unknown[] = ['async', 'blocking', 'blocking-strict']
const OTHERS = [
  'journal',
  'exporters',
  'mode',
  'media',
  'traceContext',
  'onProblem',
  'platform'
] as const
const KNOWN: readonly string[] = [...TEXTS, ...Object.keys(NUMBERS), ...OTHERS]

/** Completes options. Throws AuditError `bad_option` that names the field and what it takes. */
export function checkOptions(options: AuditLogOptions): Settings {
  if (!isObject(options)) throw bad('createAuditLog needs an options object')
  refuseUnknown('createAuditLog', options, KNOWN)
  if (!isObject(options.journal) || typeof options.journal.append !== 'function') {
    throw bad('journal must be a journal, for instance memoryJournal()')
  }
  for (const name of TEXTS) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'string') throw bad(`${name} must be a string`)
  }
  if (options.exporters !== undefined && !Array.isArray(options.exporters)) {
    throw bad('exporters must be a list of exporters, or of { exporter, …options }')
  }
  const mode = options.mode ?? 'async'
  if (!MODES.includes(mode)) throw bad(`mode must be one of ${MODES.join(', ')}`)
  const media = options.media ?? 'digest'
  if (media !== 'digest' && media !== 'keep') throw bad('media must be digest or keep')
  const { onProblem, traceContext } = options
  for (const [name, value] of Object.entries({ onProblem, traceContext })) {
    if (value !== undefined && typeof value !== 'function') throw bad(`${name} must be a function`)
  }
  const { platform } = options
  if (
    platform !== undefined &&
    typeof (platform as Partial<Platform>)?.newScopeStore !== 'function'
  ) {
    throw bad('platform must be a platform, for instance nodePlatform()')
  }
  const exporters = (options.exporters ?? []).map(entryOf)
  for (const [exporter, more] of exporters) {
    checkExporter(exporter)
    checkExporterOptions(more)
  }
  return { ...checkNumbers(options), mode, media, exporters, onProblem, traceContext }
}

function entryOf(entry: ExporterEntry): readonly [Exporter, ExporterOptions] {
  if (!isObject(entry) || !('exporter' in entry)) return [entry as Exporter, {}]
  const { exporter, ...options } = entry as ExporterOptions & { readonly exporter: Exporter }
  return [exporter, options]
}

function checkNumbers(options: AuditLogOptions): { [Name in keyof typeof NUMBERS]: number } {
  const numbers: { -readonly [Name in keyof typeof NUMBERS]: number } = { ...NUMBERS }
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
    const value: unknown = options[name]
    if (value === undefined) continue
    if (typeof value !== 'number' || !(value >= (name === 'windowMs' ? 0 : 1))) {
      throw bad(`${name} must be a number of at least ${name === 'windowMs' ? 0 : 1}`)
    }
    numbers[name] = value
  }
  return numbers
}

function bad(message: string): AuditError {
  return new AuditError('bad_option', message)
}
