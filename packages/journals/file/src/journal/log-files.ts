import * as nodeFiles from 'node:fs'
import { join } from 'node:path'
import {
  CONTENTS_ERASED,
  messageOf,
  type PendingRecord,
  pendingEvent,
  type SealedRecord
} from '@slm-audit/core/journal'
import type { BatchKeys } from '@slm-audit/core/subjects'
import { type FileSystem, syncDirectory } from '../format/files.ts'
import { DIRECTORY_MODE, LOCK, recordsName } from '../format/layout.ts'
import { endLine, hasKind, readLine } from '../format/line.ts'
import { beginManifest, type ClosedFile, cutLine, removeCutLine } from '../format/manifest.ts'
import { SubjectFile } from '../subjects/subject-file.ts'
import { changedFiles, readClosed, unpackUnlisted } from './closed-files.ts'
import { encodeLines } from './encode-lines.ts'
import { EndMarks, type MarkHead } from './end-marks.ts'
import { FileLock } from './file-lock.ts'
import { freshIn } from './fresh-records.ts'
import type { EndedFile, LogFilesSettings } from './log-files-settings.ts'
import { LogState } from './log-state.ts'
import type { SetAside } from './lost-end.ts'
import { OpenedEnd } from './opened-end.ts'
import { RecordsFile } from './records-file.ts'
import { type Appending, Sealing } from './sealing.ts'

/**
 * The files of a log: appends under a lock that all writers of the directory share, recovers what
 * a dead one left, ends files that are large or old. Not for two uses at once in one process:
 * `exclusive` puts them in a row.
 */
export class LogFiles {
  readonly origin: string
  /** What was wrong with the manifest and the open file when the log was opened. */
  readonly damage: string[] = []
  /** Files that wait to be packed. */
  readonly ended: EndedFile[] = []
  readonly #settings: LogFilesSettings
  readonly #files: FileSystem
  readonly #lock: FileLock
  /** Data keys and pseudonyms, which are changed inside `exclusive`. */
  readonly subjects: SubjectFile
  readonly #sealing: Sealing
  readonly #marks: EndMarks
  #markHead: MarkHead = () => undefined
  #state: LogState
  #file: RecordsFile
  #first: number
  /** Whether the file was there before it was opened. */
  #wasThere = false
  readonly #end: OpenedEnd
  #recovered = 0
  /** Where the file has ended while the next one is not open yet. */
  #ending: number | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** Opens or makes the log. Throws AuditError `journal_damaged`, or what the system throws. */
  constructor(settings: LogFilesSettings, files: FileSystem = nodeFiles) {
    const { directory } = settings
    this.#settings = settings
    this.#files = files
    this.#marks = new EndMarks(directory, files)
    files.mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE })
    this.#lock = new FileLock(join(directory, LOCK))
    this.#lock.take()
    try {
      const { manifest, newest } = readClosed(directory) ?? {}
      this.origin = manifest?.origin ?? settings.origin
      this.subjects = new SubjectFile(directory, files)
      this.#sealing = new Sealing(this.origin, this.subjects)
      this.#end = new OpenedEnd(settings, files, this.origin)
      const cut = manifest && cutLine(directory, manifest)
      if (cut) removeCutLine(files, directory)
      if (!manifest?.hasHead) beginManifest(files, directory, this.origin)
      this.#state = new LogState(directory, newest)
      this.#first = this.#state.size
      this.#file = this.#openFile(this.#first)
      this.#takeUp(newest)
      this.#end.check(this.#state, this.#file.path, this.#wasThere)
      const changed = manifest && changedFiles(directory, manifest)
      const damage = [(manifest?.damage ?? cut)?.detail, changed]
      this.damage.unshift(...damage.filter((each) => each !== undefined))
    } catch (error) {
      this.#lock.close()
      throw error
    }
    this.#lock.give()
  }

  get state(): LogState {
    return this.#state
  }

  /** Index of the first record of the file that is open. */
  get first(): number {
    return this.#first
  }

  /** What was lost of the end of the log, as it was found when it was opened. */
  get lost(): SetAside | undefined {
    return this.#end.lost
  }

  /** Throws AuditError `history_rewritten` where the log does not continue what its own key has signed. */
  checkSigned(): void {
    this.#end.checkSigned(this.#state, this.#file.path)
  }

  /** What is appended from now on is marked as written with the log's key (`endMark`). */
  markEnds(markHead: MarkHead): void {
    this.#markHead = markHead
  }

  /** Whether the log up to a size, its own unless given, is what a writer with the key of `markHead` has left there. */
  isEndMarked(markHead: MarkHead, size = this.#state.size): boolean {
    const edgeAt = (at: number) => this.#state.edge(at)
    return this.#marks.covers({ size, root: edgeAt(size).root() }, edgeAt, markHead)
  }

  /** Runs alone, of all writers of the directory, on the newest state. */
  exclusive<T>(run: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      this.#lock.take()
      try {
        this.#catchUp()
        return await run()
      } finally {
        this.#lock.give()
      }
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Appends pending records; those sent again and stored before are skipped. Fails as `Sealing.seal`, and as the disk does. */
  append(pending: readonly PendingRecord[], keys?: BatchKeys): Promise<void> {
    return this.exclusive(() => this.appendNow(pending, { keys }))
  }

  /** `append` for use inside `exclusive`. */
  async appendNow(
    pending: readonly PendingRecord[],
    { isSynced = false, keys }: Appending = {}
  ): Promise<void> {
    const state = this.#state
    if (pending.some(({ retried }) => retried)) await state.rememberClosed()
    const fresh = pending.filter(
      ({ retried, record }) => !retried || !state.has(record.auditId, record.stage)
    )
    const cut = this.#recovered
    const all = cut > 0 ? [pendingEvent('log.recovered', { bytes: cut }), ...fresh] : fresh
    await this.#write(this.#sealing.seal(all, state.size, keys), isSynced)
    this.#recovered = 0
  }

  /**
   * Appends records of another store of this log as they are; those that are there are skipped.
   * Rejects with AuditError: `export_failed` for a hole, `export_rejected` for another log.
   */
  copy(records: readonly SealedRecord[]): Promise<void> {
    return this.exclusive(() =>
      this.#write(freshIn(records, this.#state, this.#settings.directory))
    )
  }

  /** Closes the file that is open, so that no writer appends to one that has records; false where that fails. */
  endFile(): boolean {
    if (this.#state.size > this.#first) this.#endFile()
    return this.#state.size === this.#first
  }

  close(): void {
    this.#state.saveTiles()
    try {
      this.#state.tiles.flush(this.#files)
    } catch {
      // Tiles follow from the records.
    }
    this.#file.close()
    this.#lock.close()
  }

  async #write(records: readonly SealedRecord[], isSynced = false): Promise<void> {
    if (records.length === 0) return
    const lines = await encodeLines(records, this.#settings)
    this.#marks.write(this.#state.edge(), records, this.#markHead)
    this.#file.append(lines, isSynced || this.#settings.durability === 'disk')
    this.#marks.confirm()
    for (const line of lines) {
      const read = readLine(line)
      if (read) this.#state.apply(read)
    }
    const { maxBytes, maxAgeMs } = this.#settings
    const isOld = Date.now() - this.#file.madeAt > maxAgeMs
    if (this.#file.length > maxBytes || isOld) this.#endFile()
  }

  /** Closes the file that is open and begins the next; where that fails, a later append tries again. */
  #endFile(): void {
    const { size } = this.#state
    try {
      this.#state.saveTiles()
      this.#state.tiles.flush(this.#files)
      this.#file.append([endLine(size)], this.#settings.durability === 'disk')
    } catch {
      // The records are stored; the file may as well be longer.
      return
    }
    this.#ending = size
    try {
      this.#nextFile(size)
    } catch {
      // The next append begins the file before it writes.
    }
  }

  #nextFile(end: number): void {
    const next = this.#openFile(end)
    const { root } = this.#state.head()
    const { key, openCalls } = this.#state
    this.ended.push({
      first: this.#first,
      end,
      root: Buffer.from(root).toString('base64'),
      ...(key !== undefined && { key }),
      open: [...openCalls.values()]
    })
    this.#state.turn()
    this.#goTo(end, next)
  }

  #goTo(first: number, file: RecordsFile): void {
    this.#first = first
    this.#file.close()
    this.#file = file
    this.#ending = undefined
  }

  #openFile(first: number): RecordsFile {
    const { directory, durability } = this.#settings
    const path = join(directory, recordsName(first))
    this.#end.clear(path, first)
    const isNew = !nodeFiles.existsSync(path)
    if (isNew) unpackUnlisted(this.#files, directory, first)
    this.#wasThere = nodeFiles.existsSync(path)
    const file = new RecordsFile(this.#files, path)
    if (isNew && durability === 'disk') syncDirectory(this.#files, directory)
    return file
  }

  /** Takes in what other writers appended, and cuts off what a dead one did not finish. */
  #catchUp(): void {
    for (;;) {
      if (this.#ending !== undefined) this.#passEnd(this.#ending)
      const found = this.#file.findNew()
      if (!found) break
      for (const line of found.lines) this.#state.apply(line)
      // What others have erased is sealed anew where it comes again.
      if (found.lines.some((line) => hasKind(line, CONTENTS_ERASED))) this.#sealing.forget()
      if (found.changed !== undefined) this.damage.push(found.changed)
      if (found.torn > 0) this.#end.check(this.#state, this.#file.path, this.#wasThere)
      this.#file.accept(found)
      this.#recovered += found.torn
      const last = found.lines.at(-1)
      if (last?.kind !== 'end') break
      this.#ending = last.end
    }
    this.#file.checkPath()
  }

  /** Goes on with the next file; or, where others have packed that already, begins anew. */
  #passEnd(end: number): void {
    const { directory } = this.#settings
    const newest = readClosed(directory)?.newest
    if (newest && newest.end > end) {
      const file = this.#openFile(newest.end)
      this.#state = new LogState(directory, newest)
      this.#sealing.forget()
      this.#goTo(newest.end, file)
      return
    }
    this.#nextFile(end)
    if (newest?.end === end) this.ended.pop()
  }

  /** Takes up the open files. One that is damaged is set aside, and what can be read of it goes on. */
  #takeUp(newest: ClosedFile | undefined): void {
    try {
      this.#catchUp()
    } catch (error) {
      if (!this.#end.mend(error, this.#file.path, this.#first)) throw error
      this.damage.push(messageOf(error))
      this.ended.length = 0
      this.#state = new LogState(this.#settings.directory, newest)
      this.#goTo(this.#state.size, this.#openFile(this.#state.size))
      this.#catchUp()
    }
  }
}
