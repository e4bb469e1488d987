import { parseRecord } from '@slm-audit/core/exporter'
import {
  ANNOTATION,
  AuditError,
  checkRecord,
  KEY_ADDED,
  type VerifyReport
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  type AuditedCall,
  type CallSummary,
  type ExporterStatus,
  type FacetCount,
  type FilterTree,
  mergeCall,
  type Page,
  type PageRequest,
  type ProvedRecord,
  readAnnotation,
  type StatsReport,
  StoreReader
} from '@slm-audit/core/reader'
import {
  type FacetQuery,
  IDS_SHOWN,
  noCall,
  onlyId,
  recordNumber,
  type StatsQuery
} from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { literal } from '../connection/literals.ts'
import { callOf, recordsAt, recordsOf } from '../store/sealed-rows.ts'
import { countCalls, countFacet } from './count-calls.ts'
import { findCalls } from './find-calls.ts'

/** Reads the copy of a log in ClickHouse, and never writes it. Made by `openClickHouseReader`. */
export class ClickHouseReader extends StoreReader {
  readonly isCopy = true
  readonly #connection: Connection

  constructor(connection: Connection) {
    super()
    this.#connection = connection
  }

  async get(auditId: string): Promise<AuditedCall | undefined> {
    const found = await this.#find(auditId)
    if (found === undefined) return undefined
    const filed = await recordsOf(this.#connection, [found.filedUnder])
    const own = filed.filter(({ header }) => header.auditId === found.auditId)
    const call = mergeCall(own.map(({ sealed }) => sealed))
    if (call === undefined) return undefined
    const annotations = filed
      .filter(({ header }) => header.kind === ANNOTATION && header.parent === found.auditId)
      .flatMap(({ sealed, header }) => readAnnotation(sealed, header) ?? [])
    const flaw = own
      .map(({ sealed }) => checkRecord(sealed, sealed.index, nodeSha256))
      .find((each) => each !== undefined)
    return { ...call, ...(annotations.length > 0 && { annotations }), ...(flaw && { flaw }) }
  }

  protected findCalls(filter: FilterTree, page: PageRequest): Promise<Page<CallSummary>> {
    return findCalls(this.#connection, filter, page)
  }

  protected countCalls(query: StatsQuery): Promise<StatsReport> {
    return countCalls(this.#connection, query)
  }

  protected countFacet(query: FacetQuery): Promise<FacetCount[]> {
    return countFacet(this.#connection, query)
  }

  /** A copy has no tree: the journal that it is of is what can be verified. Rejects with AuditError `bad_option`. */
  async verify(): Promise<VerifyReport> {
    throw noTree('verified')
  }

  /** Rejects with AuditError `not_found`, else `bad_proof`: a copy has no tree. */
  async prove(auditId: string): Promise<ProvedRecord[]> {
    if ((await this.#find(auditId)) === undefined) throw noCall(auditId)
    throw noTree('proved', 'bad_proof')
  }

  async keys(): Promise<string[]> {
    const rows = await this.#connection.rows(
      `SELECT idx FROM ${this.#connection.prefix}_records FINAL WHERE kind = ${literal(KEY_ADDED)} ORDER BY idx`
    )
    const records = await recordsAt(
      this.#connection,
      rows.map(({ idx }) => Number(idx))
    )
    return records.map(({ sealed }) => String(parseRecord(sealed).event?.key))
  }

  /** None: a copy has no checkpoints. */
  async checkpoint(): Promise<undefined> {
    return undefined
  }

  /** None: nothing is delivered from a copy. */
  async exporters(): Promise<ExporterStatus[]> {
    return []
  }

  /** How many records the copy has come to: an exporter may leave some out. */
  async size(): Promise<number> {
    const [row] = await this.#connection.rows(
      `SELECT if(count() = 0, 0, max(idx) + 1) AS size FROM ${this.#connection.prefix}_records`
    )
    return Number(row?.size)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]()
  }

  /** The id that is meant, and what its records are filed under. Rejects with AuditError `bad_query`. */
  async #find(prefix: string): Promise<{ auditId: string; filedUnder: string } | undefined> {
    const number = recordNumber(prefix)
    if (number !== undefined) {
      const [record] = await recordsAt(this.#connection, [number])
      return record && { auditId: record.header.auditId, filedUnder: callOf(record.header) }
    }
    const rows = await this.#connection.rows(
      `SELECT audit_id, if(kind = ${literal(ANNOTATION)}, ifNull(parent, audit_id), audit_id) AS filed_under
        FROM ${this.#connection.prefix}_calls FINAL
        WHERE startsWith(audit_id, ${literal(prefix)}) ORDER BY audit_id LIMIT ${IDS_SHOWN}`
    )
    const auditId = onlyId(
      prefix,
      rows.map((row) => String(row.audit_id))
    )
    const filedUnder = rows.find((row) => row.audit_id === auditId)?.filed_under
    return auditId === undefined ? undefined : { auditId, filedUnder: String(filedUnder) }
  }
}

function noTree(what: string, code: 'bad_option' | 'bad_proof' = 'bad_option'): AuditError {
  return new AuditError(
    code,
    `a copy in ClickHouse cannot be ${what}: it has no tree and no checkpoints; ask the journal that it is a copy of`
  )
}
