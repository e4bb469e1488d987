import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, type StoredRecord } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { unpack } from '../format/compression.ts'
import { readIfThere } from '../format/files.ts'
import { compressionOf, MANIFEST } from '../format/layout.ts'
import { type ReadLine, readLine, recordsOf } from '../format/line.ts'
import type { ClosedFile } from '../format/manifest.ts'
import { readLines } from '../format/read-lines.ts'
import { firstsFrom, namedDraft, readRecordsFile } from '../format/records-files.ts'
import { type ClosedFiles, readClosed } from './closed-files.ts'
import { parseLines } from './records-file.ts'

/** Files of a directory are encrypted record by record, never whole. */
const UNENCRYPTED: Cipher = async (bytes) => bytes

/**
 * A directory's manifest with its newest closed file. Throws AuditError `journal_unavailable` where there is no log, and
 * `journal_damaged` where there is one and nothing says its name.
 */
export function closedOf(directory: string): ClosedFiles {
  const closed = readClosed(directory)
  if (closed) return closed
  if (
    existsSync(directory) &&
    readdirSync(directory).some((name) => /^(records-|checkpoints?\b)/.test(name))
  ) {
    const message = `${directory} has no ${MANIFEST}, though it holds a log, and nothing else says its name; restore a backup`
    throw new AuditError('journal_damaged', message)
  }
  const message = `there is no audit log in ${directory}; name a directory that fileJournal writes to`
  throw new AuditError('journal_unavailable', message)
}

/**
 * Sealed records in order from `fromIndex`, file by file; writers may go on meanwhile. A file that
 * is missing is left out, and so is what retention took: the next record then has a larger index. Lines that the log did not write
 * are passed over; `readStrictly` does not.
 */
export async function* readDirectory(
  directory: string,
  decrypt: Cipher,
  fromIndex = 0
): AsyncGenerator<StoredRecord> {
  let next = 0
  for await (const { texts, first } of textsFrom(directory, fromIndex)) {
    next = Math.max(next, first)
    for (const text of texts) {
      for (const sealed of (await recordsOf(text, decrypt, false)) ?? []) {
        if (sealed.index < next) continue
        next = sealed.index + 1
        if (sealed.index >= fromIndex) yield sealed
      }
    }
  }
}

/** Some lines of a file, the index of whose first record is `first`. */
export interface FileLines {
  readonly file: string
  /** What the manifest says of it, where it is closed. */
  readonly entry?: ClosedFile
  readonly texts: readonly string[]
  readonly first: number
}

/**
 * The lines of each file, in order; of the closed ones only those that are wanted. Files are found by their names and
 * end where they say so themselves: a manifest that is damaged leaves nothing out.
 */
export async function* textsFrom(
  directory: string,
  fromIndex: number,
  isWanted: (file: ClosedFile) => boolean = () => true
): AsyncGenerator<FileLines> {
  let { manifest } = closedOf(directory)
  for (let first: number | undefined = 0; first !== undefined; ) {
    const begin: number = first
    const entry = manifest.closed.find((each) => each.first === begin)
    const isRight = entry && manifest.damage === undefined
    if (isRight && (entry.end <= fromIndex || !isWanted(entry))) {
      first = entry.end
      continue
    }
    let isThere = false
    let end: number | undefined
    for await (const lines of linesAt(directory, begin, entry)) {
      isThere = true
      yield lines
      end = endIn(lines.texts.at(-1))
    }
    first = end !== undefined && end > begin ? end : entry?.end
    if (isThere || entry) continue
    // It was closed since the manifest was read, or is lost, or is not there yet.
    manifest = closedOf(directory).manifest
    const known = manifest.closed.map((each) => each.first).filter((each) => each >= begin)
    const others = [...known, ...firstsFrom(directory, begin)]
    first = others.length > 0 ? Math.min(...others) : undefined
  }
}

/** The lines of the file that begins with a record; none where it is not there. */
async function* linesAt(
  directory: string,
  first: number,
  entry: ClosedFile | undefined
): AsyncGenerator<FileLines> {
  if (entry) {
    const { file } = entry
    const path = join(directory, file)
    if (!existsSync(path)) return
    const draft = namedDraft(directory, entry)
    for await (const { texts, damage } of readLines(path, UNENCRYPTED, draft)) {
      yield { texts, first, file, entry }
      if (damage !== undefined) throw new AuditError('journal_damaged', `${path}: ${damage}`)
    }
    return
  }
  const stored = readRecordsFile(directory, first)
  if (!stored) return
  const { texts, damage } = parseLines(stored.bytes)
  yield { texts, first, file: stored.name }
  if (damage !== undefined) {
    throw new AuditError('journal_damaged', `${join(directory, stored.name)}: ${damage}`)
  }
}

function endIn(text = ''): number | undefined {
  const line = text.startsWith('{"end":') ? readLine(text) : undefined
  return line?.kind === 'end' ? line.end : undefined
}

/** The lines of a closed file, as far as the log needs them; none of one that is gone or cannot be unpacked. */
export async function linesOfClosed(directory: string, name: string): Promise<ReadLine[]> {
  try {
    const bytes = await unpack(readIfThere(join(directory, name)), compressionOf(name))
    return [...parseLines(Buffer.from(bytes)).lines]
  } catch {
    // Verification says so, and logging goes on.
    return []
  }
}
