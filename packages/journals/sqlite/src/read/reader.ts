import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  parseRecord,
  type VerifyOptions,
  type VerifyReport,
  verifyLog
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  type AuditedCall,
  type CallFilter,
  type CallSummary,
  type ExporterStatus,
  mergeCall,
  type Page,
  type PageRequest,
  type ProvedRecord,
  type Reader
} from '@slm-audit/core/reader'
import type { Database } from 'better-sqlite3'
import { openForReading } from '../store/open-database.ts'
import { realFile } from '../store/real-file.ts'
import { sealedOfCall } from '../store/sealed-rows.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { storedLog } from '../store/stored-log.ts'
import { exporterStatuses } from './exporter-status.ts'
import { Finding } from './finding.ts'
import { parallelRanges } from './parallel-ranges.ts'
import { proveRecord } from './prove.ts'

const MATCHES_SHOWN = 5

/**
 * Opens a log for reading, with a handle that cannot write; writers go on meanwhile. Rejects with
 * AuditError: `journal_unavailable`, `journal_damaged`, `journal_newer`.
 */
export async function openReader(file: string): Promise<Reader> {
  return new SqliteReader(realFile(file))
}

class SqliteReader implements Reader {
  readonly #file: string
  readonly #database: Database
  readonly #finding: Finding

  constructor(file: string) {
    this.#file = file
    this.#database = openForReading(file)
    this.#finding = new Finding(this.#database, file)
  }

  async get(auditId: string): Promise<AuditedCall | undefined> {
    const found = this.#findId(auditId)
    return found === undefined ? undefined : mergeCall(sealedOfCall(this.#database, found))
  }

  async query(filter: CallFilter = {}, page: PageRequest = {}): Promise<Page<CallSummary>> {
    return await this.#finding.find({ filter, page })
  }

  async search(
    text: string,
    filter: CallFilter = {},
    page: PageRequest = {}
  ): Promise<Page<CallSummary>> {
    return await this.#finding.find({ text, filter, page })
  }

  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    // A handle of its own holds one state of the log while writers go on.
    const database = openForReading(this.#file)
    try {
      database.exec('BEGIN')
      const log = storedLog(database)
      await using ranges = parallelRanges(this.#file, options.since?.size ?? 0, log.size)
      const stored = ranges ? { ...log, checkRanges: ranges.checkRanges } : log
      return await verifyLog(stored, { rest: setImmediate, ...options }, nodeSha256)
    } finally {
      database.close()
    }
  }

  async prove(auditId: string): Promise<ProvedRecord[]> {
    const found = this.#findId(auditId)
    if (found === undefined) throw noCall(auditId)
    return sealedOfCall(this.#database, found).map((record) => proveRecord(this.#database, record))
  }

  async keys(): Promise<string[]> {
    const records = [...storedLog(this.#database).keyRecords(Number.MAX_SAFE_INTEGER)]
    return records.map((record) => String(parseRecord(record).event?.key))
  }

  async checkpoint(): Promise<string | undefined> {
    return newestCheckpoint(this.#database)?.note
  }

  async exporters(): Promise<ExporterStatus[]> {
    return exporterStatuses(this.#database)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finding.close()
    this.#database.close()
  }

  /** The one id that begins so. Throws when several do. */
  #findId(prefix: string): string | undefined {
    const ids = this.#database
      .prepare(
        `SELECT DISTINCT audit_id FROM records WHERE audit_id >= ? AND audit_id < ? || x'f4' LIMIT ?`
      )
      .pluck()
      .all(prefix, prefix, MATCHES_SHOWN) as string[]
    if (ids.length <= 1 || ids[0] === prefix) return ids[0]
    throw new AuditError(
      'bad_query',
      `more than one record begins with ${JSON.stringify(prefix)}, give more of the id: ${ids.join(', ')}`
    )
  }
}

function noCall(auditId: string): AuditError {
  return new AuditError(
    'not_found',
    `there is no call ${auditId}; slm-audit list shows the newest, slm-audit search finds by words`
  )
}
