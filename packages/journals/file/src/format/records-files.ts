import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { AuditError } from '@slm-audit/core/journal'
import { bytesOf } from './files.ts'
import { compressionOf, recordsName } from './layout.ts'

/** A file of records as it lies on the disk, whatever the manifest says of it. */
export interface StoredRecords {
  readonly name: string
  readonly isPacked: boolean
  /** As they were written, unpacked. */
  readonly bytes: Buffer
}

/** Ends the name of a file that is written anew beside the old one. */
export const DRAFT = '.new'

/** SHA-256 in lower-case hex, as the manifest has it. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * What was written anew of a closed file, where the manifest names that and it does not stand in the file's place yet: it is
 * what counts. To be asked before the file is read, as it takes its place at any time. Throws as `bytesOf`.
 */
export function namedDraft(
  directory: string,
  {
    file,
    bytes,
    sha256
  }: { readonly file: string; readonly bytes: number; readonly sha256: string }
): Buffer | undefined {
  const path = join(directory, `${file}${DRAFT}`)
  if (lstatSync(path, { throwIfNoEntry: false })?.size !== bytes) return undefined
  const draft = bytesOf(path)
  return draft && digestOf(draft) === sha256 ? draft : undefined
}

const PACKED = [
  ['gzip', zlib.gunzipSync],
  ['zstd', zlib.zstdDecompressSync]
] as const

/**
 * The file that begins with a record; undefined where there is none. Who packs a file removes it behind that, so that one
 * of the two is always found in this order. Throws AuditError `journal_damaged` for one that cannot be unpacked.
 */
export function readRecordsFile(directory: string, first: number): StoredRecords | undefined {
  const name = recordsName(first)
  const plain = bytesOf(join(directory, name))
  if (plain !== undefined) return { name, isPacked: false, bytes: plain }
  for (const [compression, unpacked] of PACKED) {
    const packed = recordsName(first, compression)
    const bytes = bytesOf(join(directory, packed))
    if (bytes === undefined) continue
    try {
      return { name: packed, isPacked: true, bytes: unpacked(bytes) }
    } catch (cause) {
      const message = `${join(directory, packed)} cannot be unpacked; restore a backup`
      throw new AuditError('journal_damaged', message, { cause })
    }
  }
  return undefined
}

/** All names that the file that begins with a record can have: plain, and packed. */
export function namesFor(first: number): string[] {
  return [recordsName(first), ...PACKED.map(([compression]) => recordsName(first, compression))]
}

/** The name of the file that begins with a record where it is packed and no plain one is there. */
export function packedOnly(directory: string, first: number): string | undefined {
  if (existsSync(join(directory, recordsName(first)))) return undefined
  return PACKED.map(([compression]) => recordsName(first, compression)).find((name) =>
    existsSync(join(directory, name))
  )
}

/**
 * The indices of the first records of a directory's files, from `index` on, ascending. `readRecordsFile` finds each: names
 * that are written otherwise, and links that lead nowhere, are none.
 */
export function firstsFrom(directory: string, index: number): number[] {
  return readdirSync(directory)
    .flatMap((name) => {
      const first = Number(/^records-(\d+)\.jsonl(\.gz|\.zst)?$/.exec(name)?.[1])
      const isOurs = first >= index && name === recordsName(first, compressionOf(name))
      return isOurs && existsSync(join(directory, name)) ? [first] : []
    })
    .sort((a, b) => a - b)
}
