import { AuditError, parseRecord, type StoredRecord } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { endLine, recordsOf } from '../format/line.ts'
import type { ClosedFile, Manifest, OpenCall } from '../format/manifest.ts'
import { isPruned, prunedRecords } from '../format/pruned-line.ts'
import { fieldsOf } from '../format/record-line.ts'
import { textsFrom } from '../journal/read-directory.ts'

/** What follows from the records up to a place, as the manifest repeats it. */
interface Reached {
  key: string | undefined
  readonly open: Map<string, OpenCall>
  readonly writers: Set<string>
}

/**
 * Stored records in order from `fromIndex`, those that retention took among them, out of files that hold nothing but what the log writes: each
 * line to the byte, each file with its end, each entry of the manifest with what its records say. Rejects
 * with AuditError `journal_damaged` at the first line that is another one. Of the open file it reads `size`
 * records of the log, because writers may go on meanwhile.
 *
 * @param writers Gathers who wrote what was read; nobody wrote what was copied.
 */
export async function* readStrictly(
  directory: string,
  decrypt: Cipher,
  { closed }: Manifest,
  fromIndex: number,
  size: number,
  writers: Set<string>
): AsyncGenerator<StoredRecord> {
  const reached = { ...reachedBefore(closed, fromIndex), writers }
  let reading: FileReading | undefined
  for await (const { texts, first, file, entry } of textsFrom(directory, fromIndex)) {
    if (reading?.file !== file) {
      reading?.finish()
      reading = new FileReading(file, first, entry, reached)
    }
    for (const text of texts) {
      for (const sealed of await reading.take(text, decrypt)) {
        if (sealed.index >= fromIndex) yield sealed
      }
      if (!entry && reading.next >= size) return
    }
  }
  reading?.finish()
}

/** What the files say that are not read. */
function reachedBefore(closed: readonly ClosedFile[], fromIndex: number): Omit<Reached, 'writers'> {
  const before = closed.findLast(({ end }) => end <= fromIndex)
  return {
    key: before?.key,
    open: new Map(before?.open.map((call) => [call.auditId, call]))
  }
}

/** One file that is being read. */
class FileReading {
  readonly file: string
  readonly #entry: ClosedFile | undefined
  readonly #reached: Reached
  #next: number
  #hasEnded = false

  constructor(file: string, first: number, entry: ClosedFile | undefined, reached: Reached) {
    this.file = file
    this.#next = first
    this.#entry = entry
    this.#reached = reached
  }

  /** The index that the next record should have. */
  get next(): number {
    return this.#next
  }

  /** The records of its next line. Rejects with AuditError `journal_damaged`. */
  async take(text: string, decrypt: Cipher): Promise<StoredRecord[]> {
    if (this.#hasEnded) throw this.#damaged('goes on behind its end')
    if (text.startsWith('{"end":')) {
      if (text !== endLine(this.#next)) throw this.#damaged('ends otherwise than its records do')
      this.#hasEnded = true
      return []
    }
    const records = prunedRecords(text) ?? (await recordsOf(text, decrypt, true))
    if (!records) throw this.#damaged('has a line that the log did not write')
    const writer = String(fieldsOf(text)?.writer ?? '')
    for (const sealed of records) {
      if (sealed.index < this.#next) {
        throw this.#damaged(`holds record ${sealed.index} once more`)
      }
      this.#next = sealed.index + 1
      if (!isPruned(sealed)) this.#reach(sealed, writer)
    }
    return records
  }

  /** At the end of the file. Throws AuditError `journal_damaged`. */
  finish(): void {
    if (!this.#entry) return
    if (!this.#hasEnded) throw this.#damaged('has no end')
    const { key, open } = this.#reached
    if (this.#entry.key !== key) throw this.#damaged('is said to end with another key')
    if (JSON.stringify(this.#entry.open) === JSON.stringify([...open.values()])) return
    throw this.#damaged('is said to leave other calls open')
  }

  #reach({ header, index }: StoredRecord, writer: string): void {
    const { auditId, kind, stage, event } = parseRecord({ header })
    const { open, writers } = this.#reached
    if (writer !== '') writers.add(writer)
    if (stage === 'received') open.set(auditId, { auditId, index, kind, writer })
    else if (stage !== 'event') open.delete(auditId)
    if (kind === 'key.added' && event?.key !== undefined) this.#reached.key = String(event.key)
  }

  #damaged(what: string): AuditError {
    return new AuditError('journal_damaged', `${this.file} ${what}`)
  }
}
