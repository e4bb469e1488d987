import { type StoredLog, withAged } from '@slm-audit/core/journal'
import { readable } from '../driver/damage.ts'
import type { Database } from '../driver/database.ts'
import { keyRecords } from './key-records.ts'
import { isPartial } from './log-facts.ts'
import { notedOrigin } from './schema.ts'
import { leafReader, readSealed } from './sealed-rows.ts'
import { readCheckpoints } from './stored-checkpoints.ts'
import { countStrays } from './strays.ts'
import { sizeOf, strictTileReader } from './tree.ts'
import { agedRanges } from './upkeep/aged-ranges.ts'

/** The log in a database as verification reads it. */
export function storedLog(database: Database): StoredLog {
  const size = sizeOf(database)
  return {
    origin: readable(database, () => notedOrigin(database)),
    size,
    isPartial: readable(database, () => isPartial(database)),
    records: (fromIndex) =>
      withAged(
        readSealed(database, fromIndex),
        [fromIndex, size],
        readable(database, () => agedRanges(database)),
        leafReader(database)
      ),
    readTile: strictTileReader(database),
    checkpoints: () => readable(database, () => readCheckpoints(database)),
    keyRecords: (index) => readable(database, () => keyRecords(database, index)),
    strays: () => readable(database, () => countStrays(database, size))
  }
}
