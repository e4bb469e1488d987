import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  parseRecord,
  type SealedRecord,
  type VerifyOptions,
  type VerifyReport,
  verifyLog
} from '@slm-audit/core/journal'
import {
  type KeptCheckpoint,
  keptHeadPaths,
  nodeSha256,
  readKeptHeads,
  realFile
} from '@slm-audit/core/node'
import {
  type AuditedCall,
  type CallSummary,
  type CompareRequest,
  type Comparison,
  type EncryptedContent,
  type ExporterStatus,
  type FacetCount,
  type FacetsWithin,
  type FacetsWithinOptions,
  type FilterTree,
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
import { isDamage } from '../driver/damage.ts'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { contentsProviderOf } from '../encryption/contents-provider.ts'
import { annotationsOf } from '../index/annotation-rows.ts'
import { indexPath } from '../index/index-database.ts'
import { redactedRecords } from '../index/redaction-rows.ts'
import { defaultKeyFile } from '../keys/key-file.ts'
import { contentKeysOf } from '../store/contents/content-keys.ts'
import { storedUsers } from '../store/contents/stored-users.ts'
import { NewestKey } from '../store/key-records.ts'
import { leaveNothing } from '../store/leave-nothing.ts'
import { originOf } from '../store/schema.ts'
import { sealedOfCall } from '../store/sealed-rows.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { storedLog } from '../store/stored-log.ts'
import { sizeOf } from '../store/tree.ts'
import { compareInThread } from './compare-thread.ts'
import { exporterStatuses } from './exporter-status.ts'
import { Finding } from './finding.ts'
import { flawOfCall } from './flaw-of-call.ts'
import { LogView } from './log-view.ts'
import { withOpenedTexts } from './opened-summaries.ts'
import { parallelRanges } from './parallel-ranges.ts'
import { proveRecord } from './prove.ts'
import { shownCall } from './shown-call.ts'

/** Reads a log in a database that it never writes. Made by `openReader`. */
export class SqliteReader extends StoreReader {
  readonly #file: string
  readonly #log: LogView<Finding>

  constructor(file: string) {
    super()
    this.#file = file
    this.#log = new LogView(file, (database) => new Finding(database, file))
  }

  get(auditId: string): Promise<AuditedCall | undefined> {
    return this.#log.read((_, database) => database.transaction(() => callOf(database, auditId))())
  }

  protected findCalls(filter: FilterTree, page: PageRequest): Promise<Page<CallSummary>> {
    return this.#log.read(async (finding, database) => {
      const tree = storedUsers(database, this.#file, filter)
      return withOpenedTexts(database, await finding.find({ filter: tree, page }))
    })
  }

  override compare(request: CompareRequest): Promise<Comparison> {
    // Keys behind functions of this thread are not on another one.
    const isHere = contentsProviderOf(realFile(this.#file))?.isShared === false
    return isHere ? super.compare(request) : compareInThread(this.#file, request)
  }

  protected countCalls(query: StatsQuery, signal?: AbortSignal): Promise<StatsReport> {
    return this.#log.read((finding, database) => {
      const filter = storedUsers(database, this.#file, query.filter)
      return finding.stats({ ...query, filter }, signal)
    })
  }

  protected override countWithin(
    filter: FilterTree,
    options: FacetsWithinOptions
  ): Promise<FacetsWithin> {
    return this.#log.read((finding, database) =>
      finding.within(storedUsers(database, this.#file, filter), options)
    )
  }

  protected countFacet(query: FacetQuery): Promise<readonly FacetCount[]> {
    return this.#log.read((finding) => finding.facets(query))
  }

  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    // A handle of its own holds one state of the log while writers go on.
    const log = new LogView(this.#file, () => NOTHING_MORE)
    try {
      return await log.read((_, database) => this.#verify(database, options))
    } finally {
      await log.close()
    }
  }

  async #verify(database: Database, options: VerifyOptions): Promise<VerifyReport> {
    // Before the log, which an application may continue meanwhile.
    const kept = this.#keptHeads(database, options.keyFile)
    database.exec('BEGIN')
    const log = storedLog(database)
    const keys = contentKeysOf(database)
    // Other threads cannot ask what is a function of this one, and rows are read without waiting.
    if (keys.isOwn) await keys.loadAll()
    await using ranges = keys.isOwn
      ? undefined
      : parallelRanges(this.#file, options.since?.size ?? 0, log.size)
    const stored = ranges ? { ...log, checkRanges: ranges.checkRanges } : log
    return await verifyLog(stored, { rest: setImmediate, kept, ...options }, nodeSha256)
  }

  #keptHeads(database: Database, keyFile = defaultKeyFile(this.#file)): KeptCheckpoint[] {
    const places = { log: realFile(this.#file), origin: originOf(database), keyFile }
    return readKeptHeads(keptHeadPaths({ ...places, key: newestKeyOf(database) }))
  }

  prove(auditId: string): Promise<ProvedRecord[]> {
    return this.#log.read((_, database) => {
      const found = findId(database, auditId)
      if (found === undefined) throw noCall(auditId)
      return sealedOfCall(database, found).map((record) => proveRecord(database, record))
    })
  }

  keys(): Promise<string[]> {
    return this.#log.read((_, database) => {
      const records = [...storedLog(database).keyRecords(Number.MAX_SAFE_INTEGER)]
      return records.map((record) => String(parseRecord(record).event?.key))
    })
  }

  size(): Promise<number> {
    return this.#log.read((_, database) => sizeOf(database))
  }

  checkpoint(): Promise<string | undefined> {
    return this.#log.read((_, database) => newestCheckpoint(database)?.note)
  }

  exporters(): Promise<ExporterStatus[]> {
    return this.#log.read((_, database) => exporterStatuses(database))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log.close()
    for (const file of [this.#file, indexPath(this.#file)]) leaveNothing(file)
  }
}

/** The newest key of a log, if that can be told: of a damaged one, verification says what is wrong. */
function newestKeyOf(database: Database): string | undefined {
  try {
    return new NewestKey(database).get()
  } catch (error) {
    if (AuditError.is(error) || isDamage(error)) return undefined
    throw error
  }
}

/** A call whole, with what was said of it; in one state of the log. */
function callOf(database: Database, auditId: string): AuditedCall | undefined {
  const found = findId(database, auditId)
  if (found === undefined) return undefined
  const records = sealedOfCall(database, found)
  const call = shownCall(database, found, records)
  if (call === undefined) return undefined
  const said = annotationsOf(database, call.auditId)
  const annotations = said.flatMap((sealed) => shownAnnotation(database, sealed) ?? [])
  const flaw = flawOfCall(database, records)
  return {
    ...call,
    ...(call.encrypted && { encrypted: call.encrypted.map(withReason(database)) }),
    ...(annotations.length > 0 && { annotations }),
    ...(flaw && { flaw })
  }
}

/** What a handle is closed with where nothing is made of it. */
const NOTHING_MORE = { close: () => undefined }

/**
 * The id of the call that a record's number stands for, or the one id that begins so. Throws AuditError
 * `bad_query` when several do.
 */
function findId(database: Database, prefix: string): string | undefined {
  const number = recordNumber(prefix)
  if (number !== undefined) {
    const found = prepared(database, 'SELECT audit_id FROM records WHERE idx = ?').pluck()
    return found.get(number) as string | undefined
  }
  const ids = prepared(
    database,
    `SELECT DISTINCT audit_id FROM records WHERE audit_id >= ? AND audit_id < ? || x'f4' LIMIT ? + 0`
  )
    .pluck()
    .all(prefix, prefix, IDS_SHOWN) as string[]
  return onlyId(prefix, ids)
}

/** Says of a content that cannot be read what whoever has its key answered. */
function withReason(database: Database) {
  const keys = contentKeysOf(database)
  return (content: EncryptedContent): EncryptedContent => {
    const why = keys.problemOf(content.key)
    return why === undefined ? content : { ...content, why }
  }
}

function shownAnnotation(database: Database, sealed: SealedRecord) {
  const header = parseRecord(sealed)
  const [shown = sealed] = redactedRecords(database, header.auditId, [sealed])
  return readAnnotation(shown, header)
}
