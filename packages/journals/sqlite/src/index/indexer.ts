import {
  ANNOTATION,
  AuditError,
  type AuditRecord,
  CONTENTS_EXPIRED,
  type IndexRange,
  isErasure,
  messageOf,
  parseRecord,
  RECORDS_PRUNED,
  readAging,
  readErasure,
  type SealedRecord
} from '@slm-audit/core/journal'
import {
  annotationFacets,
  type CallDocument,
  callDocument,
  type FacetValue,
  type IndexedRecord
} from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'
import { sealedOfCall, sealedPage } from '../store/sealed-rows.ts'
import { annotationsOf } from './annotation-rows.ts'
import { CallRows, OF_ONE_CALL } from './call-rows.ts'
import { earlierTurns } from './earlier-turns.ts'
import {
  type IndexedCall,
  indexable,
  indicesIn,
  newestPart,
  type StepBounds,
  upToAging
} from './evidence-pages.ts'
import { Forgetting } from './forgetting.ts'
import { Gathered } from './gathered.ts'
import { isIndexOf, lastOf, placeOf, savePlace } from './index-database.ts'
import { IndexSteps } from './index-steps.ts'
import { dropLead } from './leads.ts'
import { redactedRecords } from './redaction-rows.ts'

/**
 * Derives an index from the evidence, from where it is to the log's end. An index is also made of
 * the end of a log alone: `from` is then the first record of it.
 */
export class Indexer {
  readonly #evidence: Database
  readonly #index: Database
  readonly #from: number
  readonly #rows: CallRows
  readonly #known: Statement
  readonly #gathered: Gathered
  readonly #steps: IndexSteps
  readonly #forgetting: Forgetting
  readonly #parts: number
  /** Behind the records that are being indexed. */
  #end = 0

  /** `parts` is the newest part that is known to be stored before `from`. */
  constructor(evidence: Database, index: Database, from = 0, parts = 0) {
    this.#evidence = indexable(evidence)
    this.#index = index
    this.#from = from
    this.#parts = parts
    this.#rows = new CallRows(index)
    this.#known = index.prepare('SELECT parts_before, stage FROM whole_calls WHERE id = ?').raw()
    this.#gathered = new Gathered(index)
    this.#steps = new IndexSteps(this.#evidence, index, this.#gathered)
    this.#forgetting = new Forgetting(evidence, index, this.#gathered.facets)
  }

  /**
   * Indexes on until a bound; true when it has reached the end. Throws SQLite's error, after which the index is as before
   * the transaction. Throws AuditError `journal_damaged` for the index of another log.
   */
  advance({ until = Number.MAX_SAFE_INTEGER, deadline, openMs = 0 }: StepBounds): boolean {
    const step = (): boolean => {
      const place = placeOf(this.#index)
      if (!isIndexOf(this.#evidence, place)) {
        const message =
          'the index is of another log, or of a later state of this one; run slm-audit reindex'
        throw new AuditError('journal_damaged', message)
      }
      let from = Math.max(place.reached, this.#from)
      let parts = Math.max(place.parts, this.#parts)
      let isAtEnd = false
      do {
        const page = upToAging(sealedPage(this.#evidence, from), until)
        const last = page.at(-1)
        if (last) {
          parts = this.#add(page, parts)
          from = last.index + 1
        }
        isAtEnd = last === undefined || from >= until
      } while (!isAtEnd && performance.now() < deadline)
      const last = lastOf(this.#evidence, from)
      if (from > place.reached) savePlace(this.#index, { ...place, reached: from, last, parts })
      return isAtEnd
    }
    return this.#inStep(step, openMs)
  }

  #inStep<T>(run: () => T, openMs?: number): T {
    return this.#steps.run(() => {
      this.#end = placeOf(this.#index).reached
      return run()
    }, openMs)
  }

  /** `parts` is the newest part before the page; returns the newest part with the page. */
  #add(page: readonly SealedRecord[], parts: number): number {
    const calls = new Map<string, IndexedCall>()
    let newest = parts
    for (const sealed of page) {
      const before = newest
      newest = newestPart(sealed.contents, newest)
      const record = this.#parse(sealed)
      if (!record) continue
      const { auditId } = record.header
      const call = calls.get(auditId) ?? this.#earlier(record, before)
      call.records.push(record)
      calls.set(auditId, call)
    }
    this.#end = (page.at(-1)?.index ?? 0) + 1
    for (const { records, ...known } of calls.values()) {
      const [first, ...rest] = records
      if (first) this.#put([first, ...rest], known)
    }
    for (const { records } of calls.values()) {
      const [{ header } = {}] = records
      if (header?.kind === ANNOTATION) this.#annotate(header, calls)
    }
    for (const sealed of page) if (isErasure(sealed)) this.#renew(readErasure(sealed).records)
    const last = page.at(-1)
    const aging = last && readAging(last)
    if (aging?.kind === CONTENTS_EXPIRED && aging.ranges.length > 0) {
      this.#renew(indicesIn(aging.ranges), earlierTurns(this.#index, aging.ranges))
    }
    if (aging?.kind === RECORDS_PRUNED) this.#forgetting.sweep(aging.ranges)
    return newest
  }

  /** Makes anew what is known of the call that an annotation is about, unless it was made just now. */
  #annotate(annotation: AuditRecord, made: ReadonlyMap<string, unknown>): void {
    const { parent } = annotation
    if (parent === undefined) return
    const isMade = made.has(parent)
    const [first, ...rest] = isMade ? [] : this.#recordsOf(parent)
    const known = { partsBefore: 0, ...(first && this.#knownOf(first.index)) }
    // The call's figures are counted with its end; that something was said of it, now.
    if (first) this.#put([first, ...rest], { ...known, wasEnded: true })
    if (first || isMade) this.#countNew(annotation, parent)
  }

  /** Counts what an annotation says for its call, but for what earlier ones said alike. */
  #countNew(annotation: AuditRecord, parent: string): void {
    const said = annotationsOf(this.#evidence, parent, this.#end).map((each) => parseRecord(each))
    const at = said.findIndex(({ auditId }) => auditId === annotation.auditId)
    const earlier = new Set(annotationFacets(said.slice(0, at)).map(String))
    const added = annotationFacets([annotation]).filter((each) => !earlier.has(String(each)))
    this.#gathered.facets.add(added, 1)
  }

  /** The records of a call before the end of what is indexed. */
  #recordsOf(auditId: string): IndexedRecord[] {
    return sealedOfCall(this.#evidence, auditId)
      .filter(({ index }) => index < this.#end)
      .flatMap((sealed) => this.#parse(sealed) ?? [])
  }

  /** Makes anew what the index has of calls that have lost contents after they were indexed, and of `others`. */
  #renew(records: Iterable<number>, others: readonly string[] = []): void {
    this.#index.pragma('secure_delete = ON')
    const auditIdAt = this.#evidence.prepare('SELECT audit_id FROM records WHERE idx = ?').pluck()
    const found = Array.from(records, (index) => auditIdAt.get(index))
    const own = new Set([...found.filter((each) => typeof each === 'string'), ...others])
    // What an annotation said is among the words of its call.
    const about = [...own].flatMap((auditId) => this.#recordsOf(auditId)[0]?.header.parent ?? [])
    for (const auditId of new Set([...own, ...about])) {
      const [first, ...rest] = this.#recordsOf(auditId)
      const known = first && this.#knownOf(first.index)
      // What is behind the place of the index comes in its turn, without what is gone.
      if (!first || !known) continue
      dropLead(this.#index, first.index)
      this.#put([first, ...rest], known)
    }
  }

  /** As `Forgetting.forget`; a call of which the end stays is known by that. */
  forget(range: IndexRange, goes: (index: number) => boolean): void {
    this.#inStep(() => {
      for (const { audit_id: auditId } of this.#forgetting.forget(range, goes)) {
        const [first, ...rest] = this.#recordsOf(auditId).filter(({ index }) => !goes(index))
        if (first) this.#put([first, ...rest], { partsBefore: 0, wasEnded: false })
      }
    })
  }

  /**
   * Takes in again what was forgotten and is kept, as a hold came in time, of some records behind one. Gives the last of
   * them, `undefined` at the end.
   */
  restore(after: number): number | undefined {
    return this.#inStep(() => {
      const kept = this.#forgetting.kept(after)
      for (const { idx, audit_id: id } of kept)
        if (!this.#forgetting.isKnown(idx)) this.#restore(id)
      if (kept.length === 0) this.#forgetting.end()
      return kept.at(-1)?.idx
    })
  }

  #restore(auditId: string): void {
    const [first, ...rest] = this.#recordsOf(auditId)
    if (!first || this.#forgetting.isKnown(first.index)) return
    // Of a call of which only the end was to stay the index knows that.
    const ends = rest.filter(({ index }) => this.#forgetting.isKnown(index))
    for (const { index } of ends) this.#forgetting.drop(index)
    const partsBefore = this.#forgetting.partsBefore(first.index)
    this.#put([first, ...rest], { partsBefore, wasEnded: ends.length > 0 })
  }

  #parse(sealed: SealedRecord): IndexedRecord | undefined {
    try {
      return { index: sealed.index, header: parseRecord(sealed), contents: sealed.contents }
    } catch (error) {
      this.#skip(sealed.index, `its header cannot be read: ${messageOf(error)}`)
      return undefined
    }
  }

  /** The records of a call before this one, where there can be any. */
  #earlier({ index, header }: IndexedRecord, newest: number): IndexedCall {
    if (header.stage === 'received' || header.stage === 'event') {
      return { records: [], partsBefore: newest, wasEnded: false }
    }
    const records = sealedOfCall(this.#evidence, header.auditId)
      .filter((sealed) => sealed.index < index)
      .flatMap((sealed) => this.#parse(sealed) ?? [])
    const [first] = records
    // The index of the end of a log has nothing of earlier records: the call is found by all of it.
    if (!first) return { records, partsBefore: newest, wasEnded: false }
    return { records, ...(this.#knownOf(first.index) ?? { partsBefore: 0, wasEnded: false }) }
  }

  /** What the index has of a call, if it has it. */
  #knownOf(id: number): Omit<IndexedCall, 'records'> | undefined {
    const row = this.#known.get(id) as [partsBefore: number, stage: string] | undefined
    return row && { partsBefore: row[0], wasEnded: row[1] !== 'received' }
  }

  #put(
    records: [IndexedRecord, ...IndexedRecord[]],
    { partsBefore, wasEnded }: Omit<IndexedCall, 'records'>
  ): void {
    const [{ index }] = records
    const [first, ...rest] = redactedRecords(
      this.#evidence,
      records[0].header.auditId,
      records,
      this.#end
    )
    try {
      const document = this.#documentOf([first ?? records[0], ...rest], partsBefore)
      const traits = this.#gathered.traits.add(document)
      const lead = this.#gathered.leads.add(document.instructions)
      this.#rows.put(document, partsBefore, traits, lead)
      this.#gathered.spans.add(document.id, document.receivedAt)
      const endsNow = document.columns.stage !== 'received' && !wasEnded
      // What was said is counted with the annotation that says it.
      const isSaid = ([facet]: FacetValue) => facet.startsWith('annotation')
      this.#gathered.facets.add(document.facets.filter(isSaid), 0)
      this.#gathered.facets.add(
        document.facets.filter((value) => !isSaid(value)),
        endsNow ? 1 : 0
      )
      if (endsNow) this.#gathered.rollups.add(document)
      for (const { index, reason } of document.skipped) this.#skip(index, reason)
    } catch (error) {
      const { code } = error as { readonly code?: unknown }
      if (!OF_ONE_CALL.test(String(code)) || !this.#index.inTransaction) throw error
      this.#skip(index, `its call is not indexed: ${messageOf(error)}`)
    }
  }

  #documentOf(records: [IndexedRecord, ...IndexedRecord[]], partsBefore: number): CallDocument {
    const annotations = annotationsOf(this.#evidence, records[0].header.auditId, this.#end)
    const shown = annotations.flatMap((sealed) =>
      redactedRecords(this.#evidence, parseRecord(sealed).auditId, [sealed], this.#end)
    )
    const said = shown.flatMap((sealed) => this.#parse(sealed) ?? [])
    return callDocument(records, partsBefore, said)
  }

  #skip(index: number, reason: string): void {
    this.#index.prepare('INSERT OR REPLACE INTO skipped VALUES (?, ?)').run(index, reason)
  }
}
