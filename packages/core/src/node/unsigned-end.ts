import { existsSync } from 'node:fs'
import type { UnsignedEnd } from '../record/unsigned-record.ts'

/** What is known of a log before it is signed by whoever opens it. */
export interface OpenedLog {
  /** Records stored. */
  readonly size: number
  /** The size of the newest checkpoint; 0 without any. */
  readonly signed: number
  /** Whether the end has the mark of a writer with the log's key (`endMark`); absent where the key is held elsewhere. */
  readonly isMarked?: boolean | undefined
  /** Whether a lock of a writer, alive or dead, or a spool says why the end is unsigned. */
  readonly hasWriters: boolean
  /** Where heads of the log are kept. */
  readonly headPaths: readonly string[]
}

/**
 * The records at the end of a log that nobody has signed and nothing explains. A writer that has the key itself marks
 * what it appends, so nothing else counts there. Where the key is held elsewhere a process that dies leaves its
 * lock or spool; a log that was signed once, and has no head at any of its places, is explained by nothing. `undefined`
 * where all is as it should be.
 */
export function unsignedEnd({
  size,
  signed,
  isMarked,
  hasWriters,
  headPaths
}: OpenedLog): UnsignedEnd | undefined {
  if (size <= signed) return undefined
  const isWithoutHead = signed > 0 && headPaths.length > 0 && !headPaths.some(existsSync)
  const isExplained = isMarked ?? (hasWriters && !isWithoutHead)
  return isExplained ? undefined : { from: signed, records: size - signed }
}

/** What a problem says of it, for people. */
export function explainUnsigned(log: string, { from, records }: UnsignedEnd): string {
  const them = records === 1 ? 'a record' : `${records} records`
  return `${them} at the end of ${log}, from ${from} on, had no signature, and nothing shows that a writer with the log's key left them so: somebody may have taken a checkpoint away and changed them, and the log says so now (log.unsigned); look who can write it`
}
