import { type AuditRecord, recordSize, type SealedRecord } from '@slm-audit/core/exporter'

/** What the `received` record of a call adds to its terminal one: when it began, and the request. */
export interface PendingCall {
  readonly record: AuditRecord
  readonly sealed: SealedRecord
}

/** Most calls, and most bytes of their contents, that are kept until they end. */
const MAX_CALLS = 10_000
const MAX_BYTES = 32 * 1024 * 1024

/**
 * The `received` records of calls that have not ended. A terminal record says everything about its
 * call but the contents of the request, so what is dropped here, or was exported before a restart,
 * costs a span its messages and never the span: they are in the journal, under the auditId.
 */
export class PendingCalls {
  readonly #calls = new Map<string, PendingCall>()
  #bytes = 0

  add(record: AuditRecord, sealed: SealedRecord): void {
    this.take(record.auditId)
    this.#calls.set(record.auditId, { record, sealed })
    this.#bytes += recordSize(sealed)
    for (const auditId of this.#calls.keys()) {
      if (this.#calls.size <= MAX_CALLS && this.#bytes <= MAX_BYTES) break
      this.take(auditId)
    }
  }

  get(auditId: string): PendingCall | undefined {
    return this.#calls.get(auditId)
  }

  take(auditId: string): void {
    const found = this.#calls.get(auditId)
    if (found === undefined) return
    this.#calls.delete(auditId)
    this.#bytes -= recordSize(found.sealed)
  }
}
