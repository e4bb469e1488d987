import { join } from 'node:path'
import { DeadSpools } from './dead-spools.ts'
import { nodeFiles } from './files.ts'
import { isEncrypted, listSpoolFolders, namesIn, type SpoolFolder } from './spool-folder.ts'
import { parsePlace } from './spool-place.ts'
import { SpoolReader } from './spool-reader.ts'

/** What waits in the spools of a log and is not in the log yet. */
export interface WaitingCalls {
  /** Spools of processes that run: they bring in what is in them by themselves. */
  readonly running: number
  /** Spools that processes left behind: they wait for somebody who may write the log and has its keys. */
  readonly left: number
  /** The bytes of these spools. */
  readonly bytes: number
  /** Calls and other records in them; absent where they are encrypted, or too many to be counted quickly. */
  readonly calls?: number
}

/** So much is read to count calls: a fraction of a second. */
const MOST_BYTES = 64 * 1024 * 1024
const STEP_BYTES = 1024 * 1024

/**
 * Counts what waits in the spools below a root, and changes nothing. Throws the system's error where it may not look.
 *
 * @param placeOf Gives how far a spool is in the log, as its journal has stored it.
 */
export function waitingCalls(
  root: string,
  placeOf: (spool: string) => string | undefined
): WaitingCalls {
  const dead = new Set(new DeadSpools(root).found.map(({ id }) => id))
  let [running, left, bytes] = [0, 0, 0]
  let calls: number | undefined = 0
  for (const folder of listSpoolFolders(nodeFiles, root)) {
    const size = sizeOf(folder)
    const found = size > MOST_BYTES ? undefined : countIn(folder, placeOf(folder.id))
    if (found === 0) continue
    bytes += size
    calls = calls === undefined || found === undefined ? undefined : calls + found
    if (dead.has(folder.id)) left++
    else running++
  }
  return { running, left, bytes, ...(calls !== undefined && { calls }) }
}

/** Whether anything waits. */
export function areWaiting({ running, left }: WaitingCalls): boolean {
  return running + left > 0
}

function countIn(folder: SpoolFolder, place: string | undefined): number | undefined {
  if (isEncrypted(folder)) return undefined
  const { sequence: stored } = parsePlace(place)
  const reader = new SpoolReader({ folder: folder.path, place, failed: () => undefined })
  const ids = new Set<string>()
  try {
    for (;;) {
      const frames = reader.next(STEP_BYTES)
      if (frames.length === 0) return ids.size
      for (const { kind, sequence, auditId } of frames) {
        if (sequence > stored && kind !== 'part') ids.add(auditId)
      }
    }
  } catch {
    // It has gone into the log just now, or may not be read.
    return sizeOf(folder) === 0 ? 0 : undefined
  } finally {
    reader.close()
  }
}

function sizeOf({ path }: SpoolFolder): number {
  return namesIn(nodeFiles, path).reduce((sum, name) => {
    try {
      return sum + (name.endsWith('.frames') ? nodeFiles.statSync(join(path, name)).size : 0)
    } catch {
      // It has gone into the log just now.
      return sum
    }
  }, 0)
}
