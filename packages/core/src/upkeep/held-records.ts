import type { Hold } from '../record/hold-record.ts'
import type { AuditRecord } from '../record/record.ts'
import type { HeldBack } from './erasure.ts'
import { ScopedRecords } from './scoped-records.ts'

/** Gathers which records holds keep, for a store that reads the records of a log in a row. */
export class HeldRecords {
  readonly #holds: readonly { readonly incident: string; readonly records: ScopedRecords }[]

  constructor(holds: readonly Hold[]) {
    this.#holds = holds.map(({ incident, scope }) => ({
      incident,
      records: new ScopedRecords(scope)
    }))
  }

  /** Takes the next record of the log. */
  add(index: number, record: Pick<AuditRecord, 'auditId' | 'parent' | 'stage' | 'context'>): void {
    for (const { records } of this.#holds) records.add(index, record)
  }

  /** All records that are held. */
  get indices(): ReadonlySet<number> {
    return new Set(this.#holds.flatMap(({ records }) => [...records.indices()]))
  }

  /** What of some records holds keep. */
  among(indices: ReadonlySet<number>): HeldBack {
    const held = new Set<number>()
    const incidents = new Set<string>()
    for (const { incident, records } of this.#holds) {
      for (const index of records.indices()) {
        if (!indices.has(index)) continue
        held.add(index)
        incidents.add(incident)
      }
    }
    return { held: held.size, incidents: [...incidents] }
  }
}
