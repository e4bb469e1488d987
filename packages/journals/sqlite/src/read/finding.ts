import type { CallSummary, Page } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { CallFinder, type FindRequest } from './call-finder.ts'
import { Clock, OUT_OF_TIME } from './clock.ts'
import { FindThread } from './find-thread.ts'

/** What is done on the caller's thread before another one takes over. */
const BUDGET_MS = 10
const TAIL = { records: 200, bytes: 256 * 1024 }

/**
 * Finds calls without standing in the way of the caller's event loop: a page takes a millisecond
 * or so at once, and what takes longer is done by a thread.
 */
export class Finding {
  readonly #file: string
  readonly #finder: CallFinder
  #thread: FindThread | undefined

  constructor(evidence: Database, file: string) {
    this.#file = file
    this.#finder = new CallFinder(evidence, file, TAIL)
  }

  /** A page of calls. Rejects with AuditError `bad_query`, `journal_unavailable`. */
  async find(request: FindRequest): Promise<Page<CallSummary>> {
    try {
      return this.#finder.find(request, new Clock(BUDGET_MS))
    } catch (error) {
      if (error !== OUT_OF_TIME) throw error
    }
    this.#thread ??= new FindThread(this.#file)
    return await this.#thread.find(request)
  }

  async close(): Promise<void> {
    this.#finder.close()
    await this.#thread?.end()
  }
}
