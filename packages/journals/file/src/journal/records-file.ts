import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { AuditError, decodeSealed } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { leafHash, sameBytes } from '@slm-audit/core/tlog'
import { type FileSystem, fileModeIn, writeAll } from '../format/files.ts'
import { type ReadLine, readLine } from '../format/line.ts'

/** Lines that were found in a file, and what stood behind them. */
export interface NewLines {
  readonly lines: readonly ReadLine[]
  /** Where the whole lines end. */
  readonly end: number
  /** Bytes behind that: of a line that was not finished. */
  readonly torn: number
  /** What is wrong with one that was changed and still has its place and its leaf hash. */
  readonly changed?: string
}

/** A file of records that lines are appended to. */
export class RecordsFile {
  readonly path: string
  /** When the file was made, Unix time in milliseconds. */
  readonly madeAt: number
  readonly #files: FileSystem
  readonly #handle: number
  #length = 0

  /** Opens a file, made where it is missing. */
  constructor(files: FileSystem, path: string) {
    this.path = path
    this.#files = files
    const isThere = fs.existsSync(path)
    this.#handle = files.openSync(path, isThere ? 'r+' : 'wx+', fileModeIn(dirname(path)))
    this.madeAt = isThere ? fs.fstatSync(this.#handle).birthtimeMs : Date.now()
  }

  /** Bytes of whole lines that were read or written. */
  get length(): number {
    return this.#length
  }

  /** The lines behind those that are known. They count as known once `accept` is called. */
  findNew(): NewLines | undefined {
    const { size } = fs.fstatSync(this.#handle)
    if (size === this.#length) return undefined
    if (size < this.#length) throw this.#gone('was cut')
    const bytes = Buffer.alloc(Math.max(0, size - this.#length))
    let done = 0
    while (done < bytes.length) {
      const read = fs.readSync(this.#handle, bytes, done, bytes.length - done, this.#length + done)
      if (read === 0) break
      done += read
    }
    const { lines, whole, damage, changed } = parseLines(bytes, false)
    if (damage !== undefined) {
      throw new AuditError('journal_damaged', `${this.path}: ${damage}; restore a backup`)
    }
    const end = this.#length + whole
    return { lines, end, torn: bytes.length - whole, ...(changed !== undefined && { changed }) }
  }

  /**
   * Throws AuditError `journal_failed` where the path has come to name no file or another one: what was written
   * would be found by nobody.
   */
  checkPath(): void {
    const held = fs.fstatSync(this.#handle, { bigint: true })
    const found = fs.statSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (found?.ino !== held.ino || found.dev !== held.dev)
      throw this.#gone('was deleted or replaced')
  }

  #gone(what: string): AuditError {
    const message = `${this.path} ${what} while it was open; put it back, or close the log and start another directory`
    return new AuditError('journal_failed', message)
  }

  /** Takes lines that were found as known and cuts off what stands behind them. */
  accept({ end, torn }: NewLines): void {
    this.#length = end
    if (torn > 0) this.#files.ftruncateSync(this.#handle, end)
  }

  /** Appends lines, all or, as far as the file can still be cut, none. */
  append(lines: readonly string[], sync: boolean): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
    try {
      writeAll(this.#files, this.#handle, bytes, this.#length)
      if (sync) this.#files.fdatasyncSync(this.#handle)
    } catch (error) {
      try {
        this.#files.ftruncateSync(this.#handle, this.#length)
      } catch {
        // What was written is found again, and taken in, before the next append.
      }
      throw error
    }
    this.#length += bytes.length
  }

  close(): void {
    this.#files.closeSync(this.#handle)
  }
}

/** Whole lines at the beginning of some bytes. */
export interface ParsedLines {
  readonly lines: readonly ReadLine[]
  /** The same lines as text. */
  readonly texts: readonly string[]
  /** Bytes up to the end of the last of them. */
  readonly whole: number
  /** What is wrong behind them, unless it is an end that was not finished. */
  readonly damage?: string
  /** What is wrong with the first of them that does not have its leaf hash. */
  readonly changed?: string
}

/**
 * Reads lines as far as they are whole and, unless `isStrict` is false, their leaf hashes right. Whoever writes the log goes
 * on behind a record that was changed: the tree has what it was.
 */
export function parseLines(bytes: Buffer, isStrict = true): ParsedLines {
  const lines: ReadLine[] = []
  const texts: string[] = []
  let whole = 0
  let changed: string | undefined
  for (let at = 0, end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, at)) {
    const text = bytes.toString('utf8', at, end)
    const line = readLine(text)
    if (line && at > whole) {
      return { lines, texts, whole, damage: `the line at byte ${whole} cannot be read` }
    }
    at = end + 1
    if (!line) continue
    if (!hasRightLeaf(line, text)) {
      const damage = `record ${line.kind === 'record' ? line.first : ''} was changed`
      if (isStrict) return { lines, texts, whole, damage }
      changed ??= damage
    }
    lines.push(line)
    texts.push(text)
    whole = at
  }
  return { lines, texts, whole, ...(changed !== undefined && { changed }) }
}

function hasRightLeaf(line: ReadLine, text: string): boolean {
  const sealed = line.kind === 'record' ? decodeSealed(text) : undefined
  if (!sealed) return true
  return sameBytes(leafHash(Buffer.from(sealed.header), nodeSha256), sealed.leafHash)
}
