import * as nodeFiles from 'node:fs'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AuditError } from '@slm-audit/core/journal'
import type { NewKey, StoredKey } from '@slm-audit/core/subjects'
import { appendLines, type FileSystem, replaceFile, syncDirectory } from '../format/files.ts'
import { SUBJECTS } from '../format/layout.ts'
import { toBase64 } from '../format/record-line.ts'
import {
  bytesOrNull,
  generationIn,
  headLine,
  type KeyLine,
  keyLine,
  readSubjectLine,
  type UserLine
} from './subject-lines.ts'

/** What becomes of the lines of a file that is written anew; a line that becomes nothing goes. */
export interface SubjectChange {
  /** A key stays in its place whatever becomes of it: its number is that. */
  key?(line: KeyLine): KeyLine
  user?(line: UserLine): UserLine | undefined
  /** Lines that come behind the others. */
  readonly more?: readonly UserLine[]
}

/**
 * The data keys and pseudonyms of a log in files: one file of lines (docs/file-format.md). New ones are added behind the
 * others and wait for the disk, before anything is encrypted with them; whatever changes has the file written anew, whole
 * or not at all. Whoever writes holds the log's lock; readers need none.
 */
export class SubjectFile {
  readonly path: string
  readonly #files: FileSystem
  #mark = ''
  /** How many bytes of the file were read: whole lines. */
  #whole = 0
  #generation = 0
  #lines: (KeyLine | UserLine | string)[] = []
  #keys: KeyLine[] = []
  readonly #ids = new Map<string, number>()
  /** The newest key that is in use, by subject and period. */
  readonly #ofSubjects = new Map<string, number>()
  /** The pseudonyms of users, by their digests: several where one was given back. */
  readonly #users = new Map<string, readonly UserLine[]>()
  readonly #names = new Map<string, UserLine>()

  constructor(directory: string, files: FileSystem = nodeFiles) {
    this.path = join(directory, SUBJECTS)
    this.#files = files
  }

  /** Whether the log has data keys: from then on its contents are encrypted. */
  get hasKeys(): boolean {
    this.refresh()
    return this.#keys.length > 0
  }

  /** Whether the log gives its users pseudonyms. */
  get hasPseudonyms(): boolean {
    this.refresh()
    return this.#users.size > 0
  }

  /** Takes in what others have written. Throws AuditError `journal_newer` and `journal_damaged`, or what the system throws. */
  refresh(): void {
    const found = statSync(this.path, { bigint: true, throwIfNoEntry: false })
    const mark = found ? `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` : ''
    if (mark === this.#mark) return
    const { text, size, isWhole } = this.#readFrom(this.#whole)
    if (isWhole) this.#forget()
    this.#take(text)
    // What was written between the two is read again.
    this.#mark = found && BigInt(size) === found.size ? mark : 'changing'
  }

  /** The key of a number; as it was when the file was last looked at. */
  keyAt(id: number): StoredKey | undefined {
    const line = this.#keys[id - 1]
    return line && storedKey(id, line)
  }

  /** The number of a key, by its name. */
  idOf(name: string): number | undefined {
    return this.#ids.get(name)
  }

  /** Keys with larger numbers, some at a time, in order. */
  keysBehind(id: number, count = 256): StoredKey[] {
    return this.#keys.slice(id, id + count).map((line, at) => storedKey(id + at + 1, line))
  }

  /** The newest key of a subject and period that is in use. */
  keyOf(subject: Uint8Array, period: string): StoredKey | undefined {
    this.refresh()
    const id = this.#ofSubjects.get(placeOf(toBase64(subject), period))
    return id === undefined ? undefined : this.keyAt(id)
  }

  /** The names of all keys of a subject that are in use. */
  namesOf(subject: Uint8Array): string[] {
    this.refresh()
    const digest = toBase64(subject)
    return this.#keys.filter((line) => line.subject === digest).map(({ key }) => key)
  }

  /** Whether new contents may be encrypted with a key. */
  isInUse(id: number): boolean {
    const line = this.#keys[id - 1]
    return line?.wrapped !== undefined && line.subject !== undefined
  }

  /** Keys that were destroyed, and that no provider was told of. */
  untold(): { readonly id: number; readonly name: string }[] {
    this.refresh()
    return this.#keys.flatMap(({ key, wrapped, wrappedBy }, at) =>
      wrapped === undefined && wrappedBy !== undefined ? [{ id: at + 1, name: key }] : []
    )
  }

  /** The pseudonyms that are stored with a digest; the last is that of new calls. */
  pseudonymsAt(digest: Uint8Array): string[] {
    return (this.#users.get(toBase64(digest)) ?? []).map(({ name }) => name)
  }

  /** The line of a pseudonym; `undefined` for what the log has not given to anybody, or not any more. */
  userNamed(name: string): UserLine | undefined {
    return this.#names.get(name)
  }

  /** Adds keys; their numbers, in order. Under the log's lock. */
  addKeys(keys: readonly NewKey[]): number[] {
    this.#add(keys.map(keyLine))
    return keys.map(({ name }) => this.#ids.get(name) ?? 0)
  }

  /** Adds pseudonyms. Under the log's lock. */
  addUsers(users: readonly UserLine[]): void {
    this.#add(users)
  }

  /** Writes the file anew. Under the log's lock. */
  change({ key = same, user = same, more = [] }: SubjectChange): void {
    this.refresh()
    const lines = this.#lines.flatMap((line) => {
      // What the log did not write is not the log's to take away.
      if (typeof line === 'string') return [line]
      const left = isKey(line) ? key(line) : user(line)
      return left ? [JSON.stringify(left)] : []
    })
    const all = [
      headLine(this.#generation + 1),
      ...lines,
      ...more.map((each) => JSON.stringify(each))
    ]
    replaceFile(this.#files, this.path, Buffer.from(all.map((line) => `${line}\n`).join('')))
    syncDirectory(this.#files, dirname(this.path))
    this.refresh()
  }

  #add(lines: readonly (KeyLine | UserLine)[]): void {
    this.refresh()
    const head = this.#generation === 0 ? [headLine(1)] : []
    appendLines(this.#files, this.path, [...head, ...lines.map((line) => JSON.stringify(line))])
    this.refresh()
  }

  /** The whole lines from a place on; all where the file is another one than was read before. */
  #readFrom(from: number): { text: string; size: number; isWhole: boolean } {
    // Refuses what is no file, and would be waited for.
    const handle = isFile(this.path) ? nodeFiles.openSync(this.path, 'r') : undefined
    if (handle === undefined) return { text: '', size: 0, isWhole: true }
    try {
      const { size } = nodeFiles.fstatSync(handle)
      const head = bytesAt(handle, 0, Math.min(size, HEAD_BYTES)).toString('utf8').split('\n', 1)
      const isSame = from > 0 && size >= from && this.#generationOf(head[0]) === this.#generation
      const start = isSame ? from : 0
      const bytes = bytesAt(handle, start, size - start)
      const text = bytes.toString('utf8', 0, bytes.lastIndexOf(10) + 1)
      return { text, size, isWhole: !isSame }
    } finally {
      nodeFiles.closeSync(handle)
    }
  }

  #generationOf(head = ''): number {
    return generationIn(head, this.path) ?? (head === '' ? 0 : 1)
  }

  #forget(): void {
    this.#whole = 0
    this.#generation = 0
    this.#lines = []
    this.#keys = []
    for (const each of [this.#ids, this.#ofSubjects, this.#users, this.#names]) each.clear()
  }

  #take(text: string): void {
    if (text === '') return
    const texts = text.split('\n').slice(0, -1)
    if (this.#whole === 0) this.#generation = this.#generationOf(texts.shift())
    this.#whole += Buffer.byteLength(text)
    for (const each of texts) {
      const line = readSubjectLine(each) ?? each
      this.#lines.push(line)
      if (typeof line === 'string') continue
      if (isKey(line)) this.#takeKey(line)
      else {
        this.#users.set(line.user, [...(this.#users.get(line.user) ?? []), line])
        this.#names.set(line.name, line)
      }
    }
  }

  #takeKey(line: KeyLine): void {
    const { key, subject, period, wrapped } = line
    const id = this.#keys.push(line)
    this.#ids.set(key, id)
    const isInUse = subject !== undefined && period !== undefined && wrapped !== undefined
    if (isInUse) this.#ofSubjects.set(placeOf(subject, period), id)
  }
}

/** No first line is longer. */
const HEAD_BYTES = 256

function isFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found || found.isFile()) return found !== undefined
  throw new AuditError('journal_damaged', `${path} is no file any more; restore a backup`)
}

function bytesAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const read = nodeFiles.readSync(handle, bytes, done, length - done, position + done)
    if (read === 0) break
    done += read
  }
  return bytes.subarray(0, done)
}

function same<T>(line: T): T {
  return line
}

function isKey(line: KeyLine | UserLine): line is KeyLine {
  return 'key' in line
}

function placeOf(subject: string, period: string): string {
  return `${subject} ${period}`
}

function storedKey(id: number, { key, wrappedBy = '', wrapped, check }: KeyLine): StoredKey {
  return {
    id,
    name: key,
    wrappedBy,
    wrapped: bytesOrNull(wrapped),
    checkValue: bytesOrNull(check)
  }
}
