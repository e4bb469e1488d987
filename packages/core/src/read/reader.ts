import type { Json } from '../base/json.ts'
import type { ExporterState, SetAside } from '../journal/cursors.ts'
import type { AuditRecord, Stage } from '../record/record.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import type { VerifyOptions, VerifyReport } from '../verify/report.ts'

/** A content as readers get it: parsed JSON, text, or bytes. */
export type ContentValue = Json | Uint8Array

/**
 * One call, all its records merged: the header is that of its newest record, with `system` and
 * `altered` of all, and the contents are those of all. A call that has not ended has stage `received`.
 */
export interface AuditedCall {
  readonly auditId: string
  readonly stage: Stage
  /** Leaf indices of its records, ascending. */
  readonly indices: readonly number[]
  /** When the call was received, and when it ended; ISO 8601, UTC. */
  readonly receivedAt: string
  readonly endedAt?: string
  readonly record: AuditRecord
  /** By name; a content that was erased or expired is absent, an item of a list that was is `null`. */
  readonly contents: { readonly [name: string]: ContentValue }
  /** What of the contents is not stored any more; absent where all is there. */
  readonly absent?: readonly AbsentContent[]
}

/** A content that is not stored any more, or not all of it. */
export interface AbsentContent {
  readonly name: string
  /** Places, from 0, in the list that the content is or holds; absent where all of it is gone. */
  readonly items?: readonly number[]
}

/** One line of a listing: what the index knows without opening the records. */
export interface CallSummary {
  readonly auditId: string
  /** The place of its first record in the log: a short name for the call, which `get` takes as well. */
  readonly index: number
  readonly kind: string
  readonly stage: Stage
  readonly receivedAt: string
  readonly provider?: string
  readonly model?: string
  readonly operation?: string
  readonly session?: string
  readonly user?: string
  readonly durationMs?: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Type of the error, where there was one. */
  readonly errorType?: string
  /** How the last question and the answer begin, some 160 characters of each, while they are stored. */
  readonly question?: string
  readonly answer?: string
  /** The tool that ran, or the first one that the model asked for. */
  readonly tool?: string
  /** From searches: where the words stand, with the matches in square brackets. */
  readonly snippet?: string
}

/** Which calls a query means; all that are given must hold. */
export interface CallFilter {
  /** Times as `readTime` reads them: received at or after `since`, before `until`. */
  readonly since?: string
  readonly until?: string
  readonly kind?: string
  readonly provider?: string
  /** The model asked for, or the one that answered. */
  readonly model?: string
  readonly operation?: string
  readonly session?: string
  readonly user?: string
  readonly tenant?: string
  readonly stage?: Stage
  /** Type of the error, or who ended a call that was cancelled. */
  readonly errorType?: string
  /** `name`, or `name=value`. */
  readonly tag?: string
  readonly parent?: string
}

/** A page of a listing, newest first. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Give it back as `cursor` for the next page; absent on the last one. Stable during writes. */
  readonly cursor?: string
  /**
   * How many records were not looked at, because no index holds them yet and they are not among the
   * newest: calls may be missing. Absent when all were.
   */
  readonly behind?: number
}

/** Which page: at most `limit` items (50 unless given, 1,000 at most), after `cursor`. */
export interface PageRequest {
  readonly limit?: number
  readonly cursor?: string
  /** Looks at all records, however long that takes where no index holds them yet: never `behind`. */
  readonly complete?: boolean
}

/** A record with the proof that it is in the log. */
export interface ProvedRecord {
  readonly record: SealedRecord
  /** The text of a `.tlog-proof` file (c2sp.org/tlog-proof). */
  readonly proof: string
}

/** An exporter as its journal knows it. */
export interface ExporterStatus extends ExporterState {
  readonly name: string
  /** Records that it has not delivered. */
  readonly lag: number
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
  /** Calls, newest first. */
  query(filter?: CallFilter, page?: PageRequest): Promise<Page<CallSummary>>
  /** Calls whose prompts, answers or other texts hold all the words, newest first. */
  search(text: string, filter?: CallFilter, page?: PageRequest): Promise<Page<CallSummary>>
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
  /** The newest signed checkpoint with its cosignatures, if there is one. */
  checkpoint(): Promise<string | undefined>
}
