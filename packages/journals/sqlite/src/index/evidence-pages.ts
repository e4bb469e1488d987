import {
  type IndexRange,
  readAging,
  type SealedRecord,
  type StoredRecord
} from '@slm-audit/core/journal'
import type { IndexedContent, IndexedRecord } from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { databaseKeyOf } from '../driver/database-key.ts'
import { contentsProviderOf } from '../encryption/contents-provider.ts'
import { sealedHandle } from '../store/contents/sealed-handle.ts'

/** The records of a call, and the newest part that was stored before the first of them. */
export interface IndexedCall {
  readonly records: IndexedRecord[]
  readonly partsBefore: number
  /** Whether it had ended when it was indexed before. */
  readonly wasEnded: boolean
}

/** How far one step goes. */
export interface StepBounds {
  /** The index of the log at which it ends, its size unless given. */
  readonly until?: number
  /** `performance.now()` after which no further slice is begun. */
  readonly deadline: number
  /**
   * How old a transaction is, in milliseconds, that a step closes; a younger one stays open for the next step, unless all
   * is indexed. 0 unless given.
   */
  readonly openMs?: number
}

/**
 * A handle on the evidence as an index may see it: encrypted contents get into an index that is encrypted as well, where
 * this process and its threads have the keys at hand, and into no other.
 */
export function indexable(evidence: Database): Database {
  const isEncrypted = databaseKeyOf(evidence.name) !== undefined
  const isOpen = isEncrypted && contentsProviderOf(evidence.name)?.isShared === true
  return isOpen ? evidence : sealedHandle(evidence)
}

/** A page before an index, cut behind the first record of retention: following one takes a while. */
export function upToAging(page: readonly StoredRecord[], until: number): readonly SealedRecord[] {
  const before = page.filter(({ index }) => index < until)
  const at = before.findIndex((sealed) => readAging(sealed) !== undefined)
  return at < 0 ? before : before.slice(0, at + 1)
}

/** The indices of some ranges. */
export function* indicesIn(ranges: readonly IndexRange[]): Generator<number> {
  for (const [from, to] of ranges) for (let index = from; index < to; index++) yield index
}

/** The largest row id of the parts of contents, `known` where they have none that is larger. */
export function newestPart(contents: readonly IndexedContent[], known: number): number {
  let newest = known
  for (const { ids = [] } of contents) for (const id of ids) newest = Math.max(newest, id)
  return newest
}
