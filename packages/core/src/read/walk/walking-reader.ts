import type { Hash } from '../../base/sha256.ts'
import type { SealedRecord } from '../../record/sealed-record.ts'
import { parseRecord } from '../../record/sealed-record.ts'
import { KnownNodes } from '../../tlog/known-nodes.ts'
import { flawOfRecords, proofUnder, type StoredNote } from '../../verify/call-proofs.ts'
import type { VerifyOptions, VerifyReport } from '../../verify/report.ts'
import { readAnnotation } from '../annotations.ts'
import type { CallSummary, Page, PageRequest } from '../call-summary.ts'
import type { FilterTree } from '../filter/tree.ts'
import { IDS_SHOWN, noCall, onlyId, recordNumber } from '../indexed/call-ids.ts'
import type { FacetQuery } from '../indexed/listed-facets.ts'
import type { StatsQuery } from '../indexed/stats-query.ts'
import { mergeCall } from '../merge-call.ts'
import type {
  AuditedCall,
  EncryptedContent,
  ExporterStatus,
  ProvedRecord,
  Reader
} from '../reader.ts'
import { lacksContents, mergeRedacted } from '../redacted-contents.ts'
import type { FacetCount, StatsReport } from '../stats/stats.ts'
import { StoreReader } from '../store-reader.ts'
import { countWalked, facetsOfWalked } from './count-walked.ts'
import { findWalked } from './find-walked.ts'
import { KeptRecords } from './kept-records.ts'
import { type WalkedCall, WalkedCalls } from './walked-calls.ts'
import type { WalkedLog } from './walked-log.ts'

/**
 * Makes a reader of a log that has no index: it reads all of the log at the first question, holds what filters look at in memory,
 * and goes on where it was at the next. Meant for logs of up to some hundred thousand calls; `slm-audit import` makes a database of a larger one.
 *
 * @param hash SHA-256, the platform's own where there is one.
 */
export function walkingReader(log: WalkedLog, hash: Hash): Reader {
  return new WalkingReader(log, hash)
}

class WalkingReader extends StoreReader {
  readonly #log: WalkedLog
  readonly #hash: Hash
  readonly #known = new KnownNodes()
  #kept: KeptRecords
  #calls: WalkedCalls
  #generation: string | undefined
  #walk: Promise<void> = Promise.resolve()

  constructor(log: WalkedLog, hash: Hash) {
    super()
    this.#log = log
    this.#hash = hash
    this.#kept = new KeptRecords(log)
    this.#calls = new WalkedCalls(this.#kept)
  }

  async get(auditId: string): Promise<AuditedCall | undefined> {
    const found = await this.#find(auditId)
    if (!found) return undefined
    const calls = this.#calls
    const all = await this.#kept.at(calls.indicesOf(found))
    const byIndex = new Map(all.map((sealed) => [sealed.index, sealed]))
    const records = found.indices.flatMap((index) => byIndex.get(index) ?? [])
    const about = calls.saidOf(found, byIndex)
    const call = records.some(lacksContents) ? mergeRedacted(records, about) : mergeCall(records)
    if (!call) return undefined
    const annotations = about.flatMap((sealed) => readAnnotation(sealed, parseRecord(sealed)) ?? [])
    const { checkpoints, readTile } = await this.#log.proofs()
    const flaw = flawOfRecords(records, checkpoints.at(-1), readTile, this.#hash, this.#known)
    return {
      ...call,
      ...(call.encrypted && { encrypted: call.encrypted.map((each) => this.#withReason(each)) }),
      ...(annotations.length > 0 && { annotations }),
      ...(flaw && { flaw })
    }
  }

  #withReason(content: EncryptedContent): EncryptedContent {
    const why = this.#log.whyEncrypted?.(content.key)
    return why === undefined ? content : { ...content, why }
  }

  #meant(filter: FilterTree): FilterTree {
    return this.#log.meant?.(filter) ?? filter
  }

  protected async findCalls(filter: FilterTree, page: PageRequest): Promise<Page<CallSummary>> {
    return await findWalked(await this.#all(), this.#kept, this.#meant(filter), page)
  }

  protected async countCalls(query: StatsQuery): Promise<StatsReport> {
    return countWalked(await this.#all(), { ...query, filter: this.#meant(query.filter) })
  }

  protected async countFacet(query: FacetQuery): Promise<readonly FacetCount[]> {
    return facetsOfWalked(await this.#all(), query)
  }

  verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return this.#log.verify(options)
  }

  async prove(auditId: string): Promise<ProvedRecord[]> {
    const found = await this.#find(auditId)
    if (!found) throw noCall(auditId)
    const { checkpoints, readTile } = await this.#log.proofs()
    const records = await this.#kept.at(found.indices)
    return records.map((record) => {
      const best = mostSigned(checkpoints, record)
      return { record, proof: proofUnder(record, best, readTile, this.#hash, this.#known) }
    })
  }

  async size(): Promise<number> {
    return (await this.#all()).size
  }

  async keys(): Promise<string[]> {
    return [...(await this.#all()).keys]
  }

  async exporters(): Promise<ExporterStatus[]> {
    return [...(await this.#log.exporters())]
  }

  async checkpoint(): Promise<string | undefined> {
    return (await this.#log.proofs()).checkpoints.at(-1)?.note
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return Promise.resolve()
  }

  /** The calls of all records that are stored now; one walk at a time goes on. */
  async #all(): Promise<WalkedCalls> {
    const walk = async () => {
      this.#forgetErased()
      const { size } = this.#calls
      for await (const sealed of this.#log.records(size)) await this.#calls.add(sealed)
    }
    const next = this.#walk.then(walk)
    this.#walk = next.catch(() => undefined)
    await next
    return this.#calls
  }

  /** What an erasure took out of the log is not given from memory: all is read again. */
  #forgetErased(): void {
    const generation = this.#log.generation?.()
    if (generation === this.#generation) return
    this.#generation = generation
    this.#kept = new KeptRecords(this.#log)
    this.#calls = new WalkedCalls(this.#kept)
  }

  /** A call by its auditId, the beginning of one, or a record's number. Rejects with AuditError `bad_query` where several begin so. */
  async #find(name: string): Promise<WalkedCall | undefined> {
    const calls = await this.#all()
    const number = recordNumber(name)
    if (number !== undefined) {
      const [sealed] = await this.#kept.at([number])
      return sealed && calls.get(parseRecord(sealed).auditId)
    }
    const exact = calls.get(name)
    if (exact) return exact
    const found: WalkedCall[] = []
    for (const call of calls.all()) {
      if (call.auditId.startsWith(name) && found.push(call) === IDS_SHOWN) break
    }
    const id = onlyId(
      name,
      found.map(({ auditId }) => auditId)
    )
    return id === undefined ? undefined : calls.get(id)
  }
}

/** Of the checkpoints that cover a record, the one with the most signatures, the newest of those. */
function mostSigned(
  checkpoints: readonly StoredNote[],
  { index }: SealedRecord
): StoredNote | undefined {
  const signatures = ({ note }: StoredNote) => note.split('\n\u2014 ').length
  return checkpoints
    .filter(({ size }) => size > index)
    .reduceRight<StoredNote | undefined>(
      (best, each) => (best && signatures(best) >= signatures(each) ? best : each),
      undefined
    )
}
