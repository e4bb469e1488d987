import { type AuditRecord, type IndexRange, parseRecord } from '@slm-audit/core/journal'
import { annotationFacets, callFacets, ROLLUP_MS } from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { hasSchema } from '../driver/has-schema.ts'
import { prepared } from '../driver/prepared.ts'
import { PARENT_OF } from '../store/migrations/migrations.ts'
import { annotationsOf } from './annotation-rows.ts'
import type { FacetCounts } from './facet-counts.ts'
import { placeOf } from './index-database.ts'
import { dropLead } from './leads.ts'

/** What the index has of a call. */
export interface KnownCall {
  readonly id: number
  readonly audit_id: string
  /** The newest record that it was made of. */
  readonly last_idx: number
  readonly stage: string
}

const CALLS = 'SELECT id, audit_id, last_idx, stage FROM whole_calls WHERE id >= ? AND id < ?'
const HEADER = 'SELECT header FROM records WHERE idx = ?'

/** A record that was to go and is there. */
export interface KeptRecord {
  readonly idx: number
  readonly audit_id: string
}

const KEPT =
  'SELECT idx, audit_id FROM main.records WHERE idx BETWEEN ? AND ? ORDER BY idx LIMIT ? + 0'
/** Records that are looked at in one step. */
const SLICE = 500

/** Which calls the index has forgotten, until all that goes has gone: what it counted them by goes with them. */
const FORGOTTEN = `CREATE TABLE IF NOT EXISTS forgotten (
  id INTEGER PRIMARY KEY, last_idx INTEGER NOT NULL, hour INTEGER NOT NULL, parts_before INTEGER NOT NULL
)`
const NOTE = `INSERT OR REPLACE INTO forgotten
  SELECT id, last_idx, received_at / ${ROLLUP_MS}, parts_before FROM calls WHERE id = ?`

/** Ids of calls begin with their time: those of some that follow each other have few others between them. */
const SPOKEN_OF = `SELECT ${PARENT_OF} AS parent FROM main.records
  WHERE stage = 'event' AND ${PARENT_OF} BETWEEN ? AND ? LIMIT ? + 0`
const MOST_SPOKEN_OF = 1_000

/** Takes calls out of an index that go, or have gone, from the evidence; in transactions of its caller's. */
export class Forgetting {
  readonly #evidence: Database
  readonly #index: Database
  readonly #facets: FacetCounts

  constructor(evidence: Database, index: Database, facets: FacetCounts) {
    this.#evidence = evidence
    this.#index = index
    this.#facets = facets
  }

  /**
   * Forgets the calls that begin in a range and are about to go, as far as the index has them, while the evidence still
   * says what they are counted by; notes them until `end`. Gives those of which the end stays.
   */
  forget(range: IndexRange, goes: (index: number) => boolean): KnownCall[] {
    const known = prepared(this.#index, CALLS).all(range) as KnownCall[]
    const going = known.filter(({ id }) => goes(id))
    if (going.length === 0) return []
    this.#countOut(going.filter(({ stage }) => stage !== 'received'))
    this.#index.exec(FORGOTTEN)
    for (const { id } of going) {
      prepared(this.#index, NOTE).run(id)
      this.drop(id)
    }
    return going.filter(({ last_idx: last }) => !goes(last))
  }

  /**
   * Some records behind one that are there, among those that were to go. None where nothing was forgotten.
   */
  kept(after: number): KeptRecord[] {
    if (!hasForgotten(this.#index)) return []
    const span = 'SELECT min(id), max(last_idx) FROM forgotten'
    const [first, last] = prepared(this.#index, span).raw().get() as [number | null, number | null]
    if (first === null || last === null) return []
    const from = Math.max(first, after + 1)
    return prepared(this.#evidence, KEPT).all(from, last, SLICE) as KeptRecord[]
  }

  /** Whether a call of the index begins with a record. */
  isKnown(index: number): boolean {
    return prepared(this.#index, 'SELECT 1 FROM calls WHERE id = ?').get(index) !== undefined
  }

  /** The newest part that was stored before a call that was forgotten; 0 for another. */
  partsBefore(id: number): number {
    const sql = 'SELECT parts_before FROM forgotten WHERE id = ?'
    const row = prepared(this.#index, sql).get(id) as { parts_before: number } | undefined
    return row?.parts_before ?? 0
  }

  /** All that was to go has gone. */
  end(): void {
    this.#index.exec('DROP TABLE IF EXISTS forgotten')
  }

  /** Drops calls of which the evidence has nothing any more: what somebody indexed while they went. */
  sweep(ranges: readonly IndexRange[]): void {
    const isThere = this.#evidence.prepare('SELECT 1 FROM main.records WHERE idx = ?')
    for (const range of ranges) {
      for (const { id } of prepared(this.#index, CALLS).all(range) as KnownCall[]) {
        if (isThere.get(id) === undefined) this.drop(id)
      }
    }
  }

  /** Drops what the index has of one call. Of a range of them full-text search takes three times as long. */
  drop(id: number): void {
    dropLead(this.#index, id)
    prepared(this.#index, 'DELETE FROM texts WHERE rowid = ?').run(id)
    prepared(this.#index, 'DELETE FROM calls WHERE id = ?').run(id)
  }

  /** Calls that have ended are counted no more in what they were counted in. */
  #countOut(ended: readonly KnownCall[]): void {
    const spokenOf = this.#spokenOf(ended)
    const { reached } = placeOf(this.#index)
    for (const { audit_id: auditId, last_idx: last } of ended) {
      const header = this.#headerAt(last)
      if (header) this.#facets.add(callFacets(header), -1)
      if (!spokenOf.has(auditId)) continue
      const said = annotationsOf(this.#evidence, auditId, reached).map((each) => parseRecord(each))
      this.#facets.add(annotationFacets(said), -1)
    }
  }

  #headerAt(index: number): AuditRecord | undefined {
    const row = prepared(this.#evidence, HEADER).get(index) as { header: string } | undefined
    try {
      return row && parseRecord(row)
    } catch {
      // Verification tells of a header that cannot be read.
      return undefined
    }
  }

  /** Those of some calls about which something is said, and maybe others. */
  #spokenOf(calls: readonly KnownCall[]): Pick<ReadonlySet<string>, 'has'> {
    if (calls.length === 0 || !hasSchema(this.#evidence, 'events_about')) return new Set()
    const ids = calls.map((each) => each.audit_id).toSorted()
    const found = prepared(this.#evidence, SPOKEN_OF).all(ids.at(0), ids.at(-1), MOST_SPOKEN_OF)
    // Calls of far apart are among them: each is asked for.
    if (found.length === MOST_SPOKEN_OF) return { has: () => true }
    return new Set((found as { readonly parent: string }[]).map(({ parent }) => parent))
  }
}

/** The hours of which an index has forgotten calls that are about to go, since 1970. */
export function forgottenHours(index: Database): number[] {
  if (!hasForgotten(index)) return []
  return index.prepare('SELECT DISTINCT hour FROM forgotten').pluck().all() as number[]
}

function hasForgotten(index: Database): boolean {
  const sql = "SELECT 1 FROM sqlite_schema WHERE name = 'forgotten'"
  return index.prepare(sql).get() !== undefined
}
