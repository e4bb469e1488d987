import { AuditError } from '@slm-audit/core/journal'
import { type ArchivePlace, checkPlace } from './bucket/archive-options.ts'
import { Bucket } from './bucket/bucket.ts'

/** Where the days of a log stand as files for analysts, beside its archive. */
export interface S3Segments extends AsyncDisposable {
  /** The days that are there, `2026-11-29`, ascending. */
  days(): Promise<string[]>
  /** Writes the file of a day, in the place of one that is there. */
  put(day: string, parquet: Uint8Array): Promise<void>
  /** The file of a day. Rejects with AuditError `not_found` for a day that is not there. */
  get(day: string): Promise<Uint8Array>
}

const keyOf = (day: string): string => `segments/date=${day}/calls.parquet`
const DAY = /^segments\/date=(\d{4}-\d\d-\d\d)\//

/**
 * The files of days below `segments/` of an archive's prefix, one folder a day in Hive's way, `date=2026-11-29`. Methods
 * reject with AuditError `export_failed`. Throws AuditError `bad_option`. `slm-audit segments` writes them.
 */
export function s3Segments(place: ArchivePlace): S3Segments {
  checkPlace('s3Segments', place)
  const bucket = new Bucket(place)
  const days = async () => {
    const found = new Set<string>()
    for await (const key of bucket.list('segments/date=')) {
      const [, day] = DAY.exec(key) ?? []
      if (day !== undefined) found.add(day)
    }
    return [...found]
  }
  return {
    days,
    put: (day, parquet) => bucket.put(keyOf(day), parquet),
    async get(day) {
      const found = await bucket.get(keyOf(day))
      if (found) return found.bytes
      throw new AuditError('not_found', `${bucket.address} has no segment of ${day}`)
    },
    [Symbol.asyncDispose]: () => bucket.close()
  }
}
