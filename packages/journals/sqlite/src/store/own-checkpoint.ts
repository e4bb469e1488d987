import { KEY_ADDED, parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import { isSignedBy } from '@slm-audit/core/node'
import { type Checkpoint, parseCheckpoint } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { keyRecords } from './key-records.ts'
import { originOf } from './schema.ts'
import { sealedAt } from './sealed-rows.ts'
import { newestCheckpoints, type StoredCheckpoint } from './stored-checkpoints.ts'

/** So many of the largest are looked at: an append waits for it. */
const MOST = 64

/** What the newest checkpoints of a database are. */
export interface OwnCheckpoint {
  /** The newest that one of the log's keys has signed, if there is one. */
  readonly newest?: StoredCheckpoint & Pick<Checkpoint, 'root'>
  /** Sizes of larger ones that are none of the log's, the largest first: somebody else wrote them. */
  readonly foreign: readonly number[]
}

/**
 * Finds the newest checkpoint that the log itself has signed. Any other row of that table says nothing of the log, and
 * must not decide about it. Throws SQLite's error.
 */
export function newestOwnCheckpoint(database: Database): OwnCheckpoint {
  const foreign: number[] = []
  const origin = originOf(database)
  const isOurs = signedByLog(database)
  for (const stored of newestCheckpoints(database, MOST)) {
    const checkpoint = parsed(stored)
    const isItself = checkpoint?.size === stored.size && checkpoint.origin === origin
    if (isItself && isOurs(checkpoint)) {
      return { newest: { ...stored, root: checkpoint.root }, foreign }
    }
    foreign.push(stored.size)
  }
  return { foreign }
}

type Parsed = ReturnType<typeof parseCheckpoint>

function parsed({ note }: StoredCheckpoint): Parsed | undefined {
  try {
    return parseCheckpoint(note)
  } catch {
    // What is no checkpoint is foreign.
    return undefined
  }
}

/** The keys of a log at some size of it: looking for them takes a walk over its records. */
const known = new WeakMap<Database, { readonly size: number; readonly keys: readonly string[] }>()

/** Whether one of the log's keys has signed a checkpoint; the first key, which most logs keep, is tried first. */
function signedByLog(database: Database): (checkpoint: Parsed) => boolean {
  const size = Number(
    database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get()
  )
  const first = keyIn(sealedAt(database, 0))
  return ({ note }) => {
    const isBy = (key: string) => isSignedBy(note, key)
    if (first !== undefined && isBy(first)) return true
    if (known.get(database)?.keys.some(isBy)) return true
    if (known.get(database)?.size === size) return false
    const keys = keyRecords(database, size).flatMap((record) => keyIn(record) ?? [])
    known.set(database, { size, keys })
    return keys.some(isBy)
  }
}

/** The key that a record gives the log; `undefined` for a record that gives none, or is damaged. */
function keyIn(record: SealedRecord | undefined): string | undefined {
  if (!record) return undefined
  try {
    const { kind, stage, event } = parseRecord(record)
    return kind === KEY_ADDED && stage === 'event' ? String(event?.key) : undefined
  } catch {
    // Verification names it.
    return undefined
  }
}
