import type { AuditRecord } from '../record/record.ts'
import { type RecordScope, scopeTest } from '../record/record-scope.ts'

/** What of a record decides whether it is in a scope. */
type Scoped = Pick<AuditRecord, 'auditId' | 'parent' | 'stage' | 'context'>

/**
 * Gathers the records of a scope for a store that reads all records of a log in a row: those that the scope names, and
 * what is said of them, whoever said it in whatever context. Memory holds the events of the log, and what was found.
 */
export class ScopedRecords {
  readonly #isNamed: (record: Scoped) => boolean
  readonly #found = new Set<number>()
  readonly #auditIds = new Set<string>()
  /** Events, by the record that they are about. */
  readonly #about = new Map<string, { readonly index: number; readonly auditId: string }[]>()

  /** Of no scope, all records are meant: so much holds what can no longer say what it holds. */
  constructor(scope: RecordScope | undefined) {
    this.#isNamed = scope ? scopeTest(scope) : () => true
  }

  /** Takes the next record of the log. */
  add(index: number, record: Scoped): void {
    const { auditId, parent, stage } = record
    if (this.#isNamed(record)) this.#find(index, auditId)
    else if (stage === 'event' && parent !== undefined) {
      const about = this.#about.get(parent)
      if (about) about.push({ index, auditId })
      else this.#about.set(parent, [{ index, auditId }])
    }
  }

  /** The indices of the records in the scope, among those that were taken. */
  indices(): ReadonlySet<number> {
    const waiting = [...this.#auditIds]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      for (const { index, auditId } of this.#about.get(id) ?? []) {
        if (!this.#auditIds.has(auditId)) waiting.push(auditId)
        this.#find(index, auditId)
      }
      this.#about.delete(id)
    }
    return this.#found
  }

  #find(index: number, auditId: string): void {
    this.#found.add(index)
    this.#auditIds.add(auditId)
  }
}
