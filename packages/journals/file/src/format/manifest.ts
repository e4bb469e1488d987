import { join } from 'node:path'
import { AuditError, isObject, type RecordFlaw } from '@slm-audit/core/journal'
import {
  appendLines,
  type FileSystem,
  readLines,
  replaceFile,
  syncDirectory,
  unfinishedBytes
} from './files.ts'
import { compressionOf, FORMAT, MANIFEST, recordsName } from './layout.ts'
import { originOf } from './origin-of.ts'
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

/** What a directory says of its log. All of it follows from the records, which are read without it too. */
export interface Manifest {
  /** The log's name: as the manifest begins with it, else as checkpoints, keys or records have it. */
  readonly origin: string
  /** Whether any line gives the name. */
  readonly hasHead: boolean
  /** The closed files that it names, by `first`; of two with the same `first` the one that was written last. */
  readonly closed: readonly ClosedFile[]
  /** The first thing in it that the log did not write so. `closed` then need not be all, nor right. */
  readonly damage?: RecordFlaw
}

/**
 * Reads a directory's manifest, as far as it can be read; undefined where there is none and nothing else says the
 * log's name. Throws `journal_newer`.
 */
export function readManifest(directory: string): Manifest | undefined {
  const lines = readLines(join(directory, MANIFEST))
  const fields = lines.map(fieldsOf)
  const format = fields[0]?.format
  if (typeof format === 'string' && format !== FORMAT && format.startsWith('slm-audit files')) {
    const message = `${directory} has the format ${format}, this slm-audit knows ${FORMAT}; update it`
    throw new AuditError('journal_newer', message)
  }
  const entries = fields.map(entryOf)
  const closed = [...new Map(entries.flatMap((one) => (one ? [[one.first, one]] : []))).values()]
  const head = fields.find((each) => each?.format === FORMAT && typeof each.origin === 'string')
  const isFirst = head !== undefined && head === fields[0]
  const origin = (isFirst ? undefined : originOf(directory, closed)) ?? head?.origin
  if (origin === undefined) return undefined
  const damage = damageIn(lines, entries, String(origin))
  return {
    origin: String(origin),
    hasHead: head?.origin === origin,
    closed: closed.sort((a, b) => a.first - b.first),
    ...(damage && { damage })
  }
}

/** A directory's manifest, of which the log wrote every line, so that its files can be exchanged. Throws AuditError `journal_damaged`. */
export function soundManifest(directory: string): Manifest {
  const manifest = readManifest(directory)
  if (manifest && !manifest.damage) return manifest
  throw damaged(directory, manifest?.damage?.detail ?? `${MANIFEST} is missing`)
}

/** Begins a manifest. */
export function beginManifest(files: FileSystem, directory: string, origin: string): void {
  appendLines(files, join(directory, MANIFEST), [headLine(origin)])
}

/** Adds a closed file. */
export function addClosedFile(files: FileSystem, directory: string, entry: ClosedFile): void {
  appendLines(files, join(directory, MANIFEST), [JSON.stringify(entry)])
}

/**
 * Gives a closed file another size and SHA-256, all at once; under the log's lock. Throws AuditError `journal_damaged`.
 *
 * @param pruned The indices of records that are gone whole with it: no file says any more that their calls were open.
 */
export function exchangeClosedFile(
  files: FileSystem,
  directory: string,
  { file, first, bytes, sha256 }: Pick<ClosedFile, 'file' | 'first' | 'bytes' | 'sha256'>,
  pruned: ReadonlySet<number>
): void {
  const { origin, closed } = soundManifest(directory)
  if (!closed.some((each) => each.first === first)) {
    throw damaged(directory, `${MANIFEST} has lost ${file}`)
  }
  const entries = closed.map((each) => {
    // What else it says may be of before: other files have gone since whoever exchanges this one read it.
    const now = each.first === first ? { ...each, bytes, sha256 } : each
    return entryLine({ ...now, open: now.open.filter(({ index }) => !pruned.has(index)) })
  })
  const lines = [headLine(origin), ...entries].map((line) => `${line}\n`)
  replaceFile(files, join(directory, MANIFEST), Buffer.from(lines.join('')))
  syncDirectory(files, directory)
}

/**
 * What is wrong where the last line of a directory's manifest is not whole. Without the log's lock it can be one that a
 * writer is adding.
 */
export function cutLine(directory: string, { closed }: Manifest): RecordFlaw | undefined {
  if (unfinishedBytes(join(directory, MANIFEST)) === 0) return undefined
  const detail = `the last line of ${MANIFEST} is cut`
  return { index: closed.at(-1)?.end ?? 0, kind: 'missing', detail }
}

/** Cuts off a line that is not whole; under the log's lock. */
export function removeCutLine(files: FileSystem, directory: string): void {
  appendLines(files, join(directory, MANIFEST), [])
}

function damageIn(
  lines: readonly string[],
  entries: readonly (ClosedFile | undefined)[],
  origin: string
): RecordFlaw | undefined {
  const flaw = (index: number, kind: RecordFlaw['kind'], detail: string) => ({
    index,
    kind,
    detail
  })
  if (lines.length === 0) return flaw(0, 'missing', `${MANIFEST} is missing, or empty`)
  let next = 0
  for (const [at, line] of lines.entries()) {
    const entry = entries[at]
    if (line !== (at === 0 ? headLine(origin) : entry && entryLine(entry))) {
      const detail = `line ${at + 1} of ${MANIFEST} is none that the log writes`
      return flaw(entry?.first ?? next, 'changed', detail)
    }
    if (!entry) continue
    const { file, first, end } = entry
    if (first > next) return flaw(first, 'missing', `${MANIFEST} has no file for record ${next}`)
    if (first < next) return flaw(first, 'changed', `${MANIFEST} names ${file} out of order`)
    next = end
  }
  return undefined
}

function damaged(directory: string, what: string): AuditError {
  return new AuditError('journal_damaged', `${directory}: ${what}; slm-audit verify says more`)
}

function headLine(origin: string): string {
  return JSON.stringify({ format: FORMAT, origin })
}

function entryLine(entry: ClosedFile): string {
  const { file, first, end, bytes, sha256, root, checkpoint, key, open } = entry
  return JSON.stringify({ file, first, end, bytes, sha256, root, checkpoint, key, open })
}

/** A line as the entry of a closed file; undefined for one that is none. */
function entryOf(line: unknown): ClosedFile | undefined {
  const fields = isObject(line) ? line : {}
  const { file, first, end, bytes, sha256, root, key = '', checkpoint = 0, open } = fields
  const areTexts = [file, sha256, root, key].every((value) => typeof value === 'string')
  const areCounts = [first, end, bytes, checkpoint].every((value) => Number.isSafeInteger(value))
  const calls = Array.isArray(open) ? open.map(openCallOf) : [undefined]
  if (!areTexts || !areCounts || calls.includes(undefined)) return undefined
  const name = recordsName(Number(first), compressionOf(String(file)))
  if (file !== name || Number(end) <= Number(first)) return undefined
  return { ...(fields as unknown as ClosedFile), open: calls.filter((call) => call !== undefined) }
}

/** What else stands in it, however deep, is left out; the line is then none that the log writes. */
function openCallOf(value: unknown): OpenCall | undefined {
  const { auditId, index, kind, writer } = isObject(value) ? value : {}
  const areTexts = [auditId, kind, writer].every((each) => typeof each === 'string')
  if (!areTexts || !Number.isSafeInteger(index)) return undefined
  return { auditId, index, kind, writer } as OpenCall
}
