import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, messageOf, type RecordFlaw } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { hashReader, type ReadTile, rootOf } from '@slm-audit/core/tlog'
import { type FileSystem, replaceFile } from '../format/files.ts'
import { MANIFEST, recordsName } from '../format/layout.ts'
import { type ClosedFile, type Manifest, readManifest } from '../format/manifest.ts'
import { toBase64 } from '../format/record-line.ts'
import { firstsFrom, namedDraft, packedOnly, readRecordsFile } from '../format/records-files.ts'
import { TileFiles } from './tile-files.ts'

/** What is known of the closed files of a directory. */
export interface ClosedFiles {
  readonly manifest: Manifest
  readonly newest?: ClosedFile
  /** A later one that the manifest names, whose root the stored tree does not have. */
  readonly ahead?: ClosedFile
}

/**
 * The manifest and the newest closed file that it names and that the log's tree bears out: reading goes on behind that
 * one, and the files that the manifest has lost, or has otherwise, are read as if they were open. Undefined where
 * `readManifest` gives that. Throws AuditError `journal_damaged` where no file is left to begin with.
 */
export function readClosed(directory: string): ClosedFiles | undefined {
  const manifest = readManifest(directory)
  if (!manifest) return undefined
  const found = manifest.closed.toSorted((a, b) => b.end - a.end)
  const { read } = new TileFiles(directory)
  const newest = found.find((entry) => isInTree(entry, read))
  const [oldest] = newest ? [] : firstsFrom(directory, 0)
  if (!newest && oldest !== 0 && (oldest !== undefined || found.length > 0)) {
    const message = `${directory} has neither ${recordsName(0)} nor a ${MANIFEST} that fits its tree; restore a backup`
    throw new AuditError('journal_damaged', message)
  }
  const end = newest?.end ?? 0
  const unlisted = packedOnly(directory, end)
  // Files are listed before what they were packed from goes: it was listed since the manifest was read.
  const isListed = (other?: Manifest) => other?.closed.some(({ first }) => first === end)
  if (unlisted && !isListed(manifest) && isListed(readManifest(directory))) {
    return readClosed(directory)
  }
  const ahead = found[0] === newest ? undefined : found[0]
  const damage =
    manifest.damage ??
    (ahead ? otherRoot(ahead) : undefined) ??
    (unlisted ? notListed(unlisted, end) : undefined)
  return {
    manifest: { ...manifest, ...(damage && { damage }) },
    ...(newest && { newest }),
    ...(ahead && { ahead })
  }
}

/**
 * What is wrong with closed files as far as that shows without reading them: one that is not there, or has another length
 * than the manifest gives, and was not written anew by who was killed before that took its place. `undefined` where each has
 * its length. Called once, when the log is opened for writing; never throws.
 */
export function changedFiles(directory: string, { closed }: Manifest): string | undefined {
  const problems = closed.flatMap((entry) => problemOf(directory, entry) ?? [])
  if (problems.length === 0) return undefined
  return `damaged closed files: ${problems.length} of ${closed.length}, the first: ${problems[0]}`
}

function problemOf(directory: string, entry: ClosedFile): string | undefined {
  const { file, bytes } = entry
  try {
    const found = statSync(join(directory, file), { throwIfNoEntry: false })
    if (found === undefined) return `${file} is not there`
    if (!found.isFile()) return `${file} is not a file`
    if (found.size === bytes || namedDraft(directory, entry)) return undefined
    return `${file} has ${found.size} bytes, not ${bytes}`
  } catch (cause) {
    return `${file} cannot be read: ${messageOf(cause)}`
  }
}

function notListed(file: string, first: number): RecordFlaw {
  return { index: first, kind: 'missing', detail: `${MANIFEST} does not name ${file}` }
}

/** What verification says of an entry whose root the tree does not have. */
export function otherRoot({ file, first }: ClosedFile): RecordFlaw {
  const detail = `the manifest gives another root for ${file}`
  return { index: first, kind: 'changed', detail }
}

/** Whether the tree has the root that the manifest gives. Tiles are stored before a file counts as closed. */
export function isInTree({ end, root }: ClosedFile, readTile: ReadTile): boolean {
  try {
    return toBase64(rootOf(end, hashReader(readTile, nodeSha256), nodeSha256)) === root
  } catch {
    // A tree that ends before.
    return false
  }
}

/**
 * Unpacks the file of a record that was packed and that the manifest does not list any more, so that it is read, and
 * listed again, as one that has just ended.
 */
export function unpackUnlisted(files: FileSystem, directory: string, first: number): void {
  const path = join(directory, recordsName(first))
  const stored = existsSync(path) ? undefined : readRecordsFile(directory, first)
  if (stored) replaceFile(files, path, stored.bytes)
}
