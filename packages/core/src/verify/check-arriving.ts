import { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import { TILE_WIDTH } from '../tlog/tiles.ts'
import { checkRange } from './check-range.ts'
import type { RangeSource, StoredRecord } from './stored-log.ts'

/** Records that are checked at a time. */
const SLICE = 2 * TILE_WIDTH

/**
 * Checks records from an index on that arrive one by one, in ranges, for stores that are read asynchronously
 * (`StoredLog.checkRanges`). A line that is not the log's (AuditError
 * `journal_damaged`) is a flaw at the record that should stand there.
 */
export function checkArriving(
  records: AsyncGenerator<StoredRecord>,
  origin: string,
  fromIndex: number,
  size: number,
  hash?: Hash
): RangeSource {
  let from = fromIndex
  return async () => {
    if (from >= size) return undefined
    const to = Math.min(size, (Math.floor(from / SLICE) + 1) * SLICE)
    // Behind the last record the files may hold what is none.
    const { some, damage } = await take(records, to === size ? to - from + 1 : to - from)
    const findings = checkRange(some, origin, from, to, hash)
    const index = from + some.length
    from = to
    if (damage === undefined || (findings.flaw && findings.flaw.index < index)) return findings
    return { ...findings, flaw: { index, kind: 'changed', detail: damage } }
  }
}

async function take(
  records: AsyncGenerator<StoredRecord>,
  count: number
): Promise<{ readonly some: StoredRecord[]; readonly damage?: string }> {
  const some: StoredRecord[] = []
  try {
    while (some.length < count) {
      const next = await records.next()
      if (next.done) break
      some.push(next.value)
    }
    return { some }
  } catch (error) {
    if (AuditError.is(error) && error.code === 'journal_damaged')
      return { some, damage: error.message }
    throw error
  }
}
