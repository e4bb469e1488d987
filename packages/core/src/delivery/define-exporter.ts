import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import type { Exporter, ExportResult } from './exporter.ts'

/** What `defineExporter` makes an exporter of. */
export interface ExporterDefinition {
  /** Names the cursor; see `Exporter`. */
  readonly name: string
  /**
   * Sends a batch. Returning means stored, throwing means try again; a result says it exactly,
   * for instance `{ status: 'rejected', error }` or `{ status: 'retry', error, afterMs }`.
   */
  export(
    batch: readonly SealedRecord[],
    signal: AbortSignal
  ): Promise<ExportResult | undefined> | Promise<void> | ExportResult | undefined | void
  /** Gives back what the exporter holds, when the log closes. */
  close?(): Promise<void> | void
}

const MEMBERS = ['name', 'export', 'close']
const STORED: ExportResult = { status: 'stored' }

/**
 * Makes an exporter of one function. Throws AuditError `bad_option` when the definition is not one.
 */
export function defineExporter(definition: ExporterDefinition): Exporter {
  if (!isObject(definition) || typeof definition.export !== 'function') {
    throw new AuditError('bad_option', 'defineExporter needs { name, export(batch, signal) { … } }')
  }
  refuseUnknown('defineExporter', definition, MEMBERS)
  return {
    name: definition.name,
    async export(batch, signal) {
      try {
        return (await definition.export(batch, signal)) ?? STORED
      } catch (error) {
        return { status: 'retry', error }
      }
    },
    async [Symbol.asyncDispose]() {
      await definition.close?.()
    }
  }
}
