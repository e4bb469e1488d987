import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, type SealedRecord } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { unpack } from '../format/compression.ts'
import { readIfThere } from '../format/files.ts'
import { compressionOf, MANIFEST, recordsName } from '../format/layout.ts'
import { type ReadLine, recordsOf } from '../format/line.ts'
import { type ClosedFile, type Manifest, readManifest } from '../format/manifest.ts'
import { readLines } from '../format/read-lines.ts'
import { parseLines } from './records-file.ts'

/** Files of a directory are encrypted record by record, never whole. */
const UNENCRYPTED: Cipher = async (bytes) => bytes

/**
 * A directory's manifest. Throws AuditError `journal_unavailable` where there is no log, and
 * `journal_damaged` where there is one without a manifest.
 */
export function manifestOf(directory: string): Manifest {
  const manifest = readManifest(directory)
  if (manifest) return manifest
  if (readdirSync(directory).some((name) => /^(records-|checkpoints?\b)/.test(name))) {
    const message = `${directory} has no ${MANIFEST}, though it holds a log; restore a backup`
    throw new AuditError('journal_damaged', message)
  }
  const message = `there is no audit log in ${directory}; name a directory that fileJournal writes to`
  throw new AuditError('journal_unavailable', message)
}

/**
 * Sealed records in order from `fromIndex`, file by file; writers may go on meanwhile. A file that
 * is missing is left out: the next record then has a larger index. Lines that the log did not write
 * are passed over; `readStrictly` does not.
 */
export async function* readDirectory(
  directory: string,
  decrypt: Cipher,
  fromIndex = 0
): AsyncGenerator<SealedRecord> {
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

/** The lines of each file, in order; of the closed ones only those that are wanted. */
export async function* textsFrom(
  directory: string,
  fromIndex: number,
  isWanted: (file: ClosedFile) => boolean = () => true
): AsyncGenerator<FileLines> {
  let first = 0
  for (;;) {
    const { closed } = manifestOf(directory)
    for (const entry of closed) {
      if (entry.first < first) continue
      first = entry.end
      const path = join(directory, entry.file)
      if (entry.end <= fromIndex || !isWanted(entry) || !existsSync(path)) continue
      for await (const { texts, damage } of readLines(path, UNENCRYPTED)) {
        yield { texts, first: entry.first, file: entry.file, entry }
        if (damage !== undefined) throw new AuditError('journal_damaged', `${path}: ${damage}`)
      }
    }
    const plain = join(directory, recordsName(first))
    if (!existsSync(plain)) {
      // It was closed since the manifest was read, or is not there yet.
      if ((manifestOf(directory).closed.at(-1)?.end ?? 0) <= first) return
      continue
    }
    const { lines, texts, damage } = parseLines(readFileSync(plain))
    yield { texts, first, file: recordsName(first) }
    if (damage !== undefined) throw new AuditError('journal_damaged', `${plain}: ${damage}`)
    const last = lines.at(-1)
    if (last?.kind !== 'end') return
    first = last.end
  }
}

/** The lines of a closed file, as far as the log needs them. */
export async function linesOfClosed(directory: string, name: string): Promise<ReadLine[]> {
  const bytes = await unpack(readIfThere(join(directory, name)), compressionOf(name))
  return [...parseLines(Buffer.from(bytes)).lines]
}
