import {
  parseRecord,
  type SealedRecord,
  type VerifyOptions,
  type VerifyReport
} from '@slm-audit/core/journal'
import {
  type AuditedCall,
  type CallSummary,
  type EncryptedContent,
  type ExporterStatus,
  type FacetCount,
  type FilterTree,
  lacksContents,
  mergeCall,
  mergeRedacted,
  type Page,
  type PageRequest,
  type ProvedRecord,
  readAnnotation,
  type StatsReport,
  StoreReader,
  type WatchGrowth
} from '@slm-audit/core/reader'
import {
  countOf,
  type FacetQuery,
  IDS_SHOWN,
  limitOf,
  noCall,
  onlyId,
  recordNumber,
  relevantPage,
  type StatsQuery,
  startOf,
  termsOf
} from '@slm-audit/core/store'
import { KnownNodes } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import type { ReadingPool } from '../connection/reading-pool.ts'
import { annotationsOf } from '../index/annotations.ts'
import { redactionsOf } from '../index/redactions.ts'
import { problemOf } from '../store/contents/content-keys.ts'
import { storedUsers } from '../store/contents/stored-users.ts'
import { loadSetAside, stateOf } from '../store/exporter-cursors.ts'
import { keyRecords } from '../store/key-records.ts'
import { sealedOfCalls, sizeOf } from '../store/sealed-rows.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { flawOfCall, proveRecord } from './check-call.ts'
import { countCalls, countFacet } from './count-calls.ts'
import { findCalls } from './find-calls.ts'
import { withOpenedTexts } from './opened-summaries.ts'
import { verifyStored } from './verify-stored.ts'

/** Reads a log in PostgreSQL, on the primary or on a replica, and never writes it. Made by `openPostgresReader`. */
export class PostgresReader extends StoreReader {
  readonly watch: WatchGrowth
  readonly #pool: ReadingPool
  readonly #known = new KnownNodes()

  constructor(pool: ReadingPool, watch: WatchGrowth) {
    super()
    this.#pool = pool
    this.watch = watch
  }

  get(auditId: string): Promise<AuditedCall | undefined> {
    return this.#pool.read(async (connection) => {
      const found = await findId(connection, auditId)
      if (found === undefined) return undefined
      const records = await sealedOfCalls(connection, [found], 'opened')
      const readable = records.map(asReadable)
      const call = readable.some(lacksContents)
        ? mergeRedacted(readable, await redactionsIn(connection, found))
        : mergeCall(readable)
      if (call === undefined) return undefined
      const said = (await annotationsOf(connection, [found], undefined, 'opened')).get(found) ?? []
      const annotations = said.flatMap(
        (sealed) => readAnnotation(sealed, parseRecord(sealed)) ?? []
      )
      const flaw = await flawOfCall(connection, records, this.#known)
      return {
        ...call,
        ...(call.encrypted && { encrypted: call.encrypted.map(withReason(connection)) }),
        ...(annotations.length > 0 && { annotations }),
        ...(flaw && { flaw })
      }
    })
  }

  protected async findCalls(filter: FilterTree, page: PageRequest): Promise<Page<CallSummary>> {
    checkPage(page, filter)
    return await this.#pool.read(async (connection) => {
      const tree = await storedUsers(connection, filter)
      return await withOpenedTexts(connection, await findCalls(connection, tree, page))
    })
  }

  protected countCalls(query: StatsQuery): Promise<StatsReport> {
    return this.#pool.read(async (connection) => {
      const filter = await storedUsers(connection, query.filter)
      return await countCalls(connection, { ...query, filter })
    })
  }

  protected countFacet(query: FacetQuery): Promise<FacetCount[]> {
    return this.#pool.read((connection) => countFacet(connection, query))
  }

  verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return this.#pool.read((connection) => verifyStored(connection, options))
  }

  prove(auditId: string): Promise<ProvedRecord[]> {
    return this.#pool.read(async (connection) => {
      const found = await findId(connection, auditId)
      if (found === undefined) throw noCall(auditId)
      const proved: ProvedRecord[] = []
      for (const record of await sealedOfCalls(connection, [found], 'opened')) {
        proved.push(await proveRecord(connection, record, this.#known))
      }
      return proved
    })
  }

  keys(): Promise<string[]> {
    return this.#pool.read(async (connection) => {
      const records = await keyRecords(connection)
      return records.map((record) => String(parseRecord(record).event?.key))
    })
  }

  checkpoint(): Promise<string | undefined> {
    return this.#pool.read(async (connection) => (await newestCheckpoint(connection))?.note)
  }

  size(): Promise<number> {
    return this.#pool.read(sizeOf)
  }

  exporters(): Promise<ExporterStatus[]> {
    return this.#pool.read(async (connection) => {
      const size = await sizeOf(connection)
      const sql = `SELECT name, next, state FROM ${connection.schema}.exporters
        WHERE state IS NOT NULL ORDER BY name`
      const statuses: ExporterStatus[] = []
      for (const row of await connection.rows(sql)) {
        const name = String(row.name)
        const state = stateOf(row)
        const setAside = await loadSetAside(connection, name)
        statuses.push({ name, ...state, lag: Math.max(0, size - state.next), setAside })
      }
      return statuses
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close()
  }
}

async function redactionsIn(connection: Connection, auditId: string): Promise<SealedRecord[]> {
  return (await redactionsOf(connection, [auditId], 'opened')).get(auditId) ?? []
}

/** Says of a content why its key could not be had, where somebody was asked for it. */
function withReason(connection: Connection): (each: EncryptedContent) => EncryptedContent {
  return (each) => {
    const why = problemOf(connection, each.key)
    return why === undefined ? each : { ...each, why }
  }
}

/** A content of which all is there is read whole. */
function asReadable(record: SealedRecord): SealedRecord {
  const contents = record.contents.map((content) => {
    if (!content.body) return content
    const { parts: _, ...whole } = content
    return whole
  })
  return { ...record, contents }
}

/** Throws AuditError `bad_query` before a connection is asked for. */
function checkPage(page: PageRequest, filter: FilterTree): void {
  limitOf(page)
  countOf(page)
  if (!relevantPage(page, termsOf(filter))) startOf(page)
}

/** The id of the call that a record's number stands for, or the one id that begins so. Rejects with AuditError `bad_query`. */
async function findId(connection: Connection, prefix: string): Promise<string | undefined> {
  const s = connection.schema
  const number = recordNumber(prefix)
  if (number !== undefined) {
    const sql = `SELECT audit_id FROM ${s}.records WHERE idx = $1`
    const [row] = await connection.rows(sql, [number])
    return row && String(row.audit_id)
  }
  const text = prefix.replaceAll('\u0000', '\ufffd')
  const rows = await connection.rows(
    `SELECT DISTINCT audit_id FROM ${s}.records
      WHERE audit_id >= $1 AND starts_with(audit_id, $1) ORDER BY audit_id LIMIT ${IDS_SHOWN}`,
    [text]
  )
  const ids = rows.map(({ audit_id: auditId }) => String(auditId))
  return onlyId(prefix, ids)
}
