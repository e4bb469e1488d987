import type { Database } from '../driver/database.ts'
import { changesOf } from '../store/upkeep/small-log.ts'
import { StepSize } from '../store/upkeep/step-size.ts'
import { whenFree } from '../store/upkeep/when-free.ts'

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
