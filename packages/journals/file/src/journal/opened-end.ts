import { AuditError } from '@slm-audit/core/journal'
import { type FileSystem, replaceFile } from '../format/files.ts'
import type { LogFilesSettings } from './log-files-settings.ts'
import type { LogState } from './log-state.ts'
import { findLostEnd, isOtherThanFile, type SetAside, setAside } from './lost-end.ts'
import { salvage } from './salvage.ts'
import { signedOtherwise } from './signed-end.ts'

/**
 * The end of a log that is taken up. What is known to have been there is there, or it is set aside, before anything is cut
 * off or written behind it: the log goes on where its records end. Under the log's lock.
 */
export class OpenedEnd {
  readonly #settings: LogFilesSettings
  readonly #files: FileSystem
  readonly #origin: string
  #lost: SetAside | undefined

  constructor(settings: LogFilesSettings, files: FileSystem, origin: string) {
    this.#settings = settings
    this.#files = files
    this.#origin = origin
  }

  /** What was lost, as it was found. */
  get lost(): SetAside | undefined {
    return this.#lost
  }

  /**
   * Sets aside what is lost behind the records that were read.
   *
   * @param path The file that they end in.
   * @param wasThere Whether that was there before it was opened.
   * @throws AuditError `history_rewritten` for a copy of a log that ends before its checkpoints: it is to be made again.
   */
  check(state: LogState, path: string, wasThere: boolean): void {
    const { directory, writer } = this.#settings
    if (writer === undefined) {
      this.checkSigned(state, path)
      return
    }
    const signed = this.#signedOtherwise(state)
    const lost = findLostEnd({ directory, size: state.size, hasFile: wasThere, signed })
    if (lost) this.#lost = setAside(this.#files, directory, lost, path)
  }

  /** Sets aside what stands where the file that begins with record `first` belongs, and is no file. */
  clear(path: string, first: number): void {
    const { directory, writer } = this.#settings
    if (writer === undefined || !isOtherThanFile(path)) return
    const found = { directory, size: first, hasFile: false, signed: undefined }
    const lost = findLostEnd(found) ?? { from: first, had: first }
    this.#lost = setAside(this.#files, directory, lost, path)
  }

  /** Throws AuditError `history_rewritten` where the log does not continue what its own key has signed. */
  checkSigned(state: LogState, path: string): void {
    const signed = this.#signedOtherwise(state)
    if (signed === undefined) return
    const message = `the end of ${path} is not as it was written: a checkpoint signs ${signed} records; keep the directory for slm-audit verify and start another`
    throw new AuditError('history_rewritten', message)
  }

  /**
   * Sets a damaged file aside and leaves of it the lines that the log goes on with.
   *
   * @param problem What was thrown when it was read.
   * @param first Index of its first record.
   * @returns Whether that was damage which can be mended.
   */
  mend(problem: unknown, path: string, first: number): boolean {
    const { directory, writer } = this.#settings
    if (writer === undefined) return false
    if (!AuditError.is(problem) || problem.code !== 'journal_damaged') return false
    const { bytes, lost } = salvage(path, first)
    this.#lost = setAside(this.#files, directory, lost, path)
    replaceFile(this.#files, path, bytes)
    return true
  }

  /** A checkpoint of the log's key that it does not continue, by its size. */
  #signedOtherwise(state: LogState): number | undefined {
    const { directory } = this.#settings
    const rootAt = (size: number) => state.edge(size).root()
    const { key } = state
    return signedOtherwise({ directory, origin: this.#origin, key, head: state.head() }, rootAt)
  }
}
