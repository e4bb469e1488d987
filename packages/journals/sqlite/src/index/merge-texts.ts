import type { Database } from '../driver/database.ts'
import { changesOf } from '../store/upkeep/small-log.ts'
import { StepSize } from '../store/upkeep/step-size.ts'
import { whenFree } from '../store/upkeep/when-free.ts'
import { mergedAt, placeOf, saveMerged } from './index-database.ts'

/** Pages that full-text search merges in one step at least. */
const MERGED_PAGES = 16

/**
 * Merges what full-text search has of an index into one piece, in steps that leave the thread to others, without waiting
 * for whoever reads. A search looks into each piece, of which indexing leaves a dozen, and that costs more than all
 * else of it. Throws SQLite's error.
 */
export function* mergeTexts(database: Database): Generator<void> {
  // A negative number begins a merge of all that there is, a positive one goes on with it.
  const merge = database.prepare("INSERT INTO texts (texts, rank) VALUES ('merge', ?)")
  const some = new StepSize(1)
  for (let sign = -1; ; sign = 1) {
    const before = changesOf(database)
    const began = performance.now()
    yield* whenFree(() => merge.run(sign * some.count * MERGED_PAGES))
    some.took(performance.now() - began)
    if (changesOf(database) - before < 2) break
    yield
  }
}

/** Records of which a merge is worth while. */
const LEAST_MERGED = 500
/** The share of an index that was added since it was merged last: what is merged then costs as much as all of it. */
const GROWN = 1 / 2
/** The same while nobody adds to it. */
const GROWN_QUIETLY = 1 / 16

/** Whether so much was indexed since the index was merged last that a merge is worth it. */
export function isMergeDue(database: Database, isQuiet: boolean): boolean {
  const { reached } = placeOf(database)
  const added = reached - mergedAt(database)
  return added >= LEAST_MERGED && added >= reached * (isQuiet ? GROWN_QUIETLY : GROWN)
}

/** Merges all that searches look into, as `mergeTexts` does, and keeps that it was done. Throws SQLite's error. */
export function* merging(database: Database): Generator<void> {
  const { reached } = placeOf(database)
  yield* mergeTexts(database)
  yield* whenFree(() => saveMerged(database, reached))
}
