import { DeadSpools, isEncrypted } from '../spool/index.ts'

/** A journal that takes in what dead processes left. */
export interface TakingJournal extends AsyncDisposable {
  /** Resolves when it has. */
  takenOver?(): Promise<void>
}

/**
 * Has a journal take in what dead processes left in its spools, so that a reader sees it. Where that fails,
 * as on ground that is read only, or is encrypted, it stays there for the next one. Never rejects.
 *
 * @param root The folder of the spools.
 * @param open Opens the journal; called only if there is something to take in.
 */
export async function takeInLeft(root: string, open: () => Promise<TakingJournal>): Promise<void> {
  try {
    const left = new DeadSpools(root).found
    // Who opens the log without its keys would write in plain what is encrypted.
    if (left.length === 0 || left.some(isEncrypted)) return
    await using journal = await open()
    await journal.takenOver?.()
  } catch {
    // The log can be read without it.
  }
}
