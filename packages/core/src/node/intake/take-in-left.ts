import { DeadSpools, isEncrypted } from '../spool/index.ts'

/** A journal that takes in what dead processes left. */
export interface TakingJournal extends AsyncDisposable {
  /** Resolves when it has. */
  takenOver?(): Promise<void>
}

/**
 * Has a journal take in what dead processes left in its spools, so that a reader sees it. Where that fails,
 * as on ground that is read only, or is encrypted, it stays there for the next one. Resolves to how many
 * spools stay. Never rejects.
 *
 * @param root The folder of the spools.
 * @param open Opens the journal; called only if there is something to take in.
 */
export async function takeInLeft(
  root: string,
  open: () => Promise<TakingJournal>
): Promise<number> {
  const spools = new DeadSpools(root)
  try {
    const left = spools.found
    // Who opens the log without its keys would write in plain what is encrypted.
    if (left.length === 0 || left.some(isEncrypted)) return left.length
    await using journal = await open()
    await journal.takenOver?.()
  } catch {
    // The log can be read without it.
  }
  return stillIn(spools)
}

function stillIn(spools: DeadSpools): number {
  try {
    return spools.found.length
  } catch {
    // A folder that cannot be looked into cannot be taken in either.
    return 0
  }
}
