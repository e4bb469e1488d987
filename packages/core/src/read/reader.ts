import type { Json } from '../base/json.ts'
import type { ExporterState, SetAside } from '../journal/cursors.ts'
import type { WatchGrowth } from '../journal/growth-watch.ts'
import type { AuditRecord, Stage } from '../record/record.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import type { RecordFlaw } from '../verify/flaw.ts'
import type { VerifyOptions, VerifyReport } from '../verify/report.ts'
import type { CallAnnotation } from './call-annotation.ts'
import type { CallSummary, Page, PageRequest } from './call-summary.ts'
import type { CompareRequest, Comparison } from './compare/comparison.ts'
import type { TextField } from './filter/fields.ts'
import type { Filter } from './filter/filter-tree.ts'
import type { Session, SessionSummary } from './session/session.ts'
import type { FacetsWithin, FacetsWithinOptions } from './stats/facets-within.ts'
import type { FacetCount, StatsReport, StatsRequest } from './stats/stats.ts'

/** A content as readers get it: parsed JSON, text, or bytes. */
export type ContentValue = Json | Uint8Array

/**
 * One call, all its records merged: the header is that of its newest record, with `system` and
 * `altered` of all, and the contents are those of all. A call that has not ended has stage `received`.
 */
export interface AuditedCall {
  /** Identifies the call; all its records carry it. */
  readonly auditId: string
  /** How the call ended; `received` while it has not. */
  readonly stage: Stage
  /** Leaf indices of its records, ascending. */
  readonly indices: readonly number[]
  /** When the call was received: ISO 8601, UTC. */
  readonly receivedAt: string
  /** When the terminal record was made: ISO 8601, UTC. Absent while the call is open. */
  readonly endedAt?: string
  /** The newest record of the call: the terminal one, once there is one. */
  readonly record: AuditRecord
  /** By name; a content that was erased or expired is absent, an item of a list that was is `null`. */
  readonly contents: { readonly [name: string]: ContentValue }
  /** What of the contents is not stored any more; absent where all is there. */
  readonly absent?: readonly AbsentContent[]
  /** What of the contents is stored, and encrypted with keys that this reader has not; absent where nothing is. */
  readonly encrypted?: readonly EncryptedContent[]
  /** What was said of the call, in the order of the log; absent where nothing was. */
  readonly annotations?: readonly CallAnnotation[]
  /** What is wrong with the records of the call as they are stored; absent where they are as they were sealed. */
  readonly flaw?: RecordFlaw
}

/** A content that is not stored any more, or not all of it. */
export interface AbsentContent {
  /** Name of the content in its record. */
  readonly name: string
  /** Places, from 0, in the list that the content is or holds; absent where all of it is gone. */
  readonly items?: readonly number[]
}

/** A content that is stored, and that the reader has no key of. */
export interface EncryptedContent {
  /** Name of the content in its record. */
  readonly name: string
  /** Name of the key, as whoever has it knows it: `k-…`. */
  readonly key: string
  /** Why the key could not be had, where somebody was asked for it. */
  readonly why?: string
}

/** Which values of a field. */
export interface FacetOptions {
  /** The name of a tag, or a member of annotations such as `incident`, whose values are meant. */
  readonly tag?: string
  /** Only values that begin so. */
  readonly beginning?: string
  /** Most values; 20 unless given, 1,000 at most. */
  readonly limit?: number
}

/** A record with the proof that it is in the log. */
export interface ProvedRecord {
  /** The record that the proof is about, as it is stored. */
  readonly record: SealedRecord
  /** The text of a `.tlog-proof` file (c2sp.org/tlog-proof). */
  readonly proof: string
}

/** An exporter as its journal knows it. */
export interface ExporterStatus extends ExporterState {
  /** Name of the exporter, which its cursor goes by. */
  readonly name: string
  /** Records that it has not delivered. */
  readonly lag: number
  /** Records that the exporter refused for good. */
  readonly setAside: readonly SetAside[]
}

/**
 * Reads a store without being able to change it. Methods reject with AuditError `bad_query` for a
 * filter or cursor they cannot read.
 */
export interface Reader extends AsyncDisposable {
  /**
   * The call, or `undefined`. `auditId` may be shortened to a prefix that only one call has, or be the
   * number of one of its records.
   */
  get(auditId: string): Promise<AuditedCall | undefined>
  /** Calls that a filter means, newest first: in the filter language, as an object, or as a tree. */
  query(filter?: Filter, page?: PageRequest): Promise<Page<CallSummary>>
  /**
   * Calls whose prompts, answers or other texts hold all the words, newest first. The text is words
   * and phrases in double quotes, whatever else stands in it; `filter` narrows the calls.
   */
  search(text: string, filter?: Filter, page?: PageRequest): Promise<Page<CallSummary>>
  /** A session as one timeline: its steps, tools, annotations; `undefined` where no call is of it. */
  session(session: string): Promise<Session | undefined>
  /** Sessions that have a call which a filter means, the one with the newest such call first. */
  sessions(filter?: Filter, page?: PageRequest): Promise<Page<SessionSummary>>
  /** Compares the answers and figures of two sides, where both were asked the same. */
  compare(request: CompareRequest): Promise<Comparison>
  /**
   * Figures of the model calls that have ended: how many, errors, times, tokens, confidence. All records
   * are looked at. A filter of times and of one value at most, by one dimension at most and by
   * hours, is answered from figures that the index keeps; any other by a walk through the calls that it means.
   */
  stats(request?: StatsRequest): Promise<StatsReport>
  /**
   * The most frequent values of a field, and how many calls that have ended have each, of all kinds. `tag`
   * names a tag, whose values are then meant; without it the field `tag` has the names of tags. `annotation` has
   * parts alike: without a `tag` it has what was said of calls, with one the values of that. Rejects
   * with AuditError `bad_query` for fields whose values are not listed: sessions and parents.
   */
  facets(field: TextField, options?: FacetOptions): Promise<readonly FacetCount[]>
  /**
   * The most frequent values that the calls of a filter have in several fields at once, of its newest calls: as many as
   * `among` says, so that it takes no longer in a large log. Rejects with AuditError `bad_query` for fields that are not counted so.
   */
  facetsWithin(filter: Filter, options?: FacetsWithinOptions): Promise<FacetsWithin>
  /** Recomputes the log from its stored bytes. */
  verify(options?: VerifyOptions): Promise<VerifyReport>
  /**
   * The records of a call, each with a proof under the newest checkpoint. Rejects with AuditError
   * `not_found`, or `bad_proof` while no checkpoint covers them.
   */
  prove(auditId: string): Promise<ProvedRecord[]>
  /** The log's keys as verifier keys (C2SP signed-note), oldest first. */
  keys(): Promise<string[]>
  /** The exporters that deliver from this store or did so, by name. */
  exporters(): Promise<ExporterStatus[]>
  /** How many records are stored. It grows when a call begins and when it ends, so that whoever follows a log can ask this first. */
  size(): Promise<number>
  /** The newest signed checkpoint with its cosignatures, if there is one. */
  checkpoint(): Promise<string | undefined>
  /** Hears of records that are added, for whoever follows the log; absent where the store tells nobody. */
  readonly watch?: WatchGrowth
  /** Whether what is read is a copy for lists and figures, without tree and checkpoints: only the log that it is of can be verified. */
  readonly isCopy?: boolean
}
