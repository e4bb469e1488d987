import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Compression } from './compression.ts'

/** What a directory says of its log; docs/file-format.md describes this file and the others. */
export const MANIFEST = 'manifest.jsonl'
/** All signed checkpoints. */
export const CHECKPOINTS = 'checkpoints.jsonl'
/** The newest signed checkpoint, as a note. */
export const CHECKPOINT = 'checkpoint'
/** Held by whoever appends. */
export const LOCK = 'lock'
/** The private key of a log whose key is in its directory, as versions before 0.3 put it. */
const KEY_INSIDE = 'key'

/**
 * The file of a log's private key unless another is given: beside the directory, so that whoever hands the directory
 * over does not hand over the key; inside where an older version has put it.
 */
export function defaultKeyFile(directory: string): string {
  const inside = join(directory, KEY_INSIDE)
  return existsSync(inside) ? inside : `${resolve(directory)}.key`
}

/** What marks the newest batch as written with the log's key (`EndMarks`). */
export const END_MARK = 'end'

/** The folder of what was set aside where the end of the log was lost (`setAside`). */
export const LOST = 'lost'

/** An erasure that has begun and is not done; whoever opens the log next finishes it. */
export const ERASING = 'erasing.json'

/** As `ERASING`, of a redaction: what is looked for goes, and all else stays. */
export const REDACTING = 'redacting.json'

/** A run of retention that has begun and is not done; whoever opens the log next finishes it. */
export const RETAINING = 'retaining.json'

/** The data keys that contents are encrypted with, wrapped, and the pseudonyms of users (`SubjectFile`). */
export const SUBJECTS = 'subjects.jsonl'

/** Whether an erasure, or a redaction, has begun and is not done. */
export function isErasing(directory: string): boolean {
  return [ERASING, REDACTING].some((name) => existsSync(join(directory, name)))
}

/** Whether anything of a log is in a directory, whatever else is missing there. */
export function holdsLog(directory: string): boolean {
  if (!existsSync(directory)) return false
  const files: readonly string[] = [MANIFEST, CHECKPOINTS, CHECKPOINT, END_MARK, LOST]
  return readdirSync(directory).some((name) => files.includes(name) || name.startsWith(RECORDS))
}

/** Whether a run of retention has begun and is not done. */
export function isRetaining(directory: string): boolean {
  return existsSync(join(directory, RETAINING))
}

/** Whether closed files are being written anew, or were when a process was killed. */
export function isTakingOut(directory: string): boolean {
  return isErasing(directory) || isRetaining(directory)
}

/** Held by whoever compresses and lists closed files, or writes them anew. */
export const PACK_LOCK = 'pack'

/** The folder of the spools, in which calls wait that are not in the log yet. */
export const SPOOLS = 'spool'

/** First line of the manifest. */
export const FORMAT = 'slm-audit files 1'

/** Only the owner reads a log. */
export const FILE_MODE = 0o600
/** As `FILE_MODE`, for directories. */
export const DIRECTORY_MODE = 0o700

const SUFFIX: { readonly [Name in Compression]: string } = { gzip: '.gz', zstd: '.zst' }
const DIGITS = 12
/** How the names of files of records begin. */
const RECORDS = 'records-'

/** The name of the file that begins with a record: `records-000000000000.jsonl`. */
export function recordsName(first: number, compression?: Compression): string {
  const suffix = compression ? SUFFIX[compression] : ''
  return `${RECORDS}${String(first).padStart(DIGITS, '0')}.jsonl${suffix}`
}

/** How a file is compressed, by its name. */
export function compressionOf(name: string): Compression | undefined {
  if (name.endsWith('.gz')) return 'gzip'
  return name.endsWith('.zst') ? 'zstd' : undefined
}
