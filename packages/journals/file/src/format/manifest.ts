import { join } from 'node:path'
import { AuditError, isObject } from '@slm-audit/core/journal'
import { appendLines, type FileSystem, readLines } from './files.ts'
import { FORMAT, MANIFEST } from './layout.ts'
import { fieldsOf } from './record-line.ts'

/** A call that had not ended at the end of a file. */
export interface OpenCall {
  readonly auditId: string
  readonly index: number
  readonly kind: string
  readonly writer: string
}

/** A closed file. */
export interface ClosedFile {
  readonly file: string
  /** Index of its first record, and one more than that of its last. */
  readonly first: number
  readonly end: number
  /** Size and SHA-256 (hex) of the file as it is stored. */
  readonly bytes: number
  readonly sha256: string
  /** Root of the tree of the first `end` records, in base64. */
  readonly root: string
  /** Size of the newest signed checkpoint when the file was closed; absent without any. */
  readonly checkpoint?: number
  /** The newest key of the log at its end, as a verifier key. */
  readonly key?: string
  readonly open: readonly OpenCall[]
}

/** What a directory says of its log. */
export interface Manifest {
  readonly origin: string
  readonly closed: readonly ClosedFile[]
}

/** Reads a directory's manifest; undefined where there is none. Throws `journal_damaged`. */
export function readManifest(directory: string): Manifest | undefined {
  const [head, ...rest] = readLines(join(directory, MANIFEST)).map(fieldsOf)
  if (head === undefined && rest.length === 0) return undefined
  if (head?.format !== FORMAT || typeof head.origin !== 'string') {
    const newer = typeof head?.format === 'string' && head.format.startsWith('slm-audit files')
    throw new AuditError(
      newer ? 'journal_newer' : 'journal_damaged',
      newer
        ? `${directory} has the format ${head?.format}, this slm-audit knows ${FORMAT}; update it`
        : `${join(directory, MANIFEST)} is not a manifest of an audit log; restore a backup`
    )
  }
  return { origin: head.origin, closed: rest.map((line) => checkEntry(directory, line)) }
}

/** The entries of a manifest that are not to the byte what is written of a closed file. */
export function strayEntries(directory: string): ReadonlySet<string> {
  const stray = new Set<string>()
  for (const line of readLines(join(directory, MANIFEST)).slice(1)) {
    const entry = checkEntry(directory, fieldsOf(line))
    const { file, first, end, bytes, sha256, root, checkpoint, key, open } = entry
    const known = { file, first, end, bytes, sha256, root, checkpoint, key, open }
    if (JSON.stringify(known) !== line) stray.add(file)
  }
  return stray
}

/** Begins a manifest. */
export function beginManifest(files: FileSystem, directory: string, origin: string): void {
  appendLines(files, join(directory, MANIFEST), [JSON.stringify({ format: FORMAT, origin })])
}

/** Adds a closed file. */
export function addClosedFile(files: FileSystem, directory: string, entry: ClosedFile): void {
  appendLines(files, join(directory, MANIFEST), [JSON.stringify(entry)])
}

function checkEntry(directory: string, line: unknown): ClosedFile {
  const { file, first, end, sha256, root } = isObject(line) ? line : {}
  const names = [file, sha256, root].every((value) => typeof value === 'string')
  const isPlain = typeof file === 'string' && /^records-\d+\.jsonl(\.gz|\.zst)?$/.test(file)
  if (names && isPlain && Number.isSafeInteger(first) && Number.isSafeInteger(end)) {
    return line as unknown as ClosedFile
  }
  const message = `${join(directory, MANIFEST)} has a line that names no file; restore a backup`
  throw new AuditError('journal_damaged', message)
}
