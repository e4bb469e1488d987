import { parseRecord } from '@slm-audit/core/journal'
import { isSignedBy } from '@slm-audit/core/node'
import { type Checkpoint, parseCheckpoint } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { keyRecords } from './key-records.ts'
import { originOf } from './schema.ts'
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

/** Whether one of the log's keys has signed a checkpoint; the first key, which most logs keep, is tried first. */
function signedByLog(database: Database): (checkpoint: Parsed) => boolean {
  const first = keysIn(keyRecords(database, 1))
  let all: readonly string[] | undefined
  return ({ note }) => {
    const isBy = (key: string) => isSignedBy(note, key)
    if (first.some(isBy)) return true
    all ??= keysIn(keyRecords(database, Number.MAX_SAFE_INTEGER))
    return all.some(isBy)
  }
}

function keysIn(records: ReturnType<typeof keyRecords>): string[] {
  return records.map((record) => String(parseRecord(record).event?.key))
}
