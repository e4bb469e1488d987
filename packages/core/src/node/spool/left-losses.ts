import { join } from 'node:path'
import { newAuditId } from '../../record/audit-id.ts'
import type { Loss } from '../../recording/losses.ts'
import { FILE_MODE, type SpoolFiles } from './files.ts'
import { namesIn } from './spool-folder.ts'
import type { WaitingFrame } from './waiting-frames.ts'

const NAME = /^lost-(\d{1,15})-(\d{1,15})-(\d{1,15})-([\da-f-]{36})$/

/** What was lost at the end of a spool, and the audit id of the record that says so: it is one, however often the spool is read. */
export interface LeftLoss extends Loss {
  readonly auditId: string
}

/**
 * Leaves in a spool's folder how many records were lost at its end, for whoever makes evidence of it to record as a `gap`: an
 * empty file whose name says so, as a disk without room for the records has none for the bytes of a file either. Never throws:
 * where not even that can be made, the problem that was told is all there is.
 */
export function leaveLosses(
  files: SpoolFiles,
  folder: string,
  frames: Iterable<WaitingFrame>
): void {
  // A part is of a record that the frames before and after it make.
  const times = Array.from(frames, ({ frame }) => frame)
    .filter(({ kind }) => kind !== 'part')
    .map(({ at }) => Math.trunc(at))
  if (times.length === 0) return
  const since = times.reduce((least, at) => Math.min(least, at))
  const until = times.reduce((most, at) => Math.max(most, at))
  try {
    const path = join(folder, `lost-${times.length}-${since}-${until}-${newAuditId(until)}`)
    files.closeSync(files.openSync(path, 'a', FILE_MODE))
  } catch {
    // See above.
  }
}

/** What `leaveLosses` left in a folder. Throws the system's error. */
export function leftLosses(files: SpoolFiles, folder: string): LeftLoss[] {
  return namesIn(files, folder).flatMap((name) => {
    const [, records, since, until, auditId] = NAME.exec(name) ?? []
    if (auditId === undefined) return []
    return { auditId, records: Number(records), since: instant(since), until: instant(until) }
  })
}

function instant(at: string | undefined): string {
  return new Date(Number(at)).toISOString()
}
