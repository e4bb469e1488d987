import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, type SealedRecord } from '@slm-audit/core'
import type { Cipher } from '../format/age.ts'
import { unpack } from '../format/compression.ts'
import { compressionOf, recordsName } from '../format/layout.ts'
import { recordsOf } from '../format/line.ts'
import { type ClosedFile, type Manifest, readManifest } from '../format/manifest.ts'
import { parseLines } from './records-file.ts'

/** A directory's manifest. Throws AuditError `journal_unavailable` where there is no log. */
export function manifestOf(directory: string): Manifest {
  const manifest = readManifest(directory)
  if (manifest) return manifest
  const message = `there is no audit log in ${directory}; name a directory that fileJournal writes to`
  throw new AuditError('journal_unavailable', message)
}

/**
 * Sealed records in order from `fromIndex`, file by file; writers may go on meanwhile. A file that
 * is missing is left out: the next record then has a larger index.
 */
export async function* readDirectory(
  directory: string,
  decrypt: Cipher,
  fromIndex = 0
): AsyncGenerator<SealedRecord> {
  let next = fromIndex
  for await (const { texts, first } of textsFrom(directory, fromIndex)) {
    for (const text of texts) {
      for (const sealed of await recordsOf(text, decrypt)) {
        if (sealed.index < next) continue
        yield sealed
        next = sealed.index + 1
      }
    }
    next = Math.max(next, first)
  }
}

/** The lines of each file, in order; of the closed ones only those that are wanted. */
export async function* textsFrom(
  directory: string,
  fromIndex: number,
  isWanted: (file: ClosedFile) => boolean = () => true
): AsyncGenerator<{ readonly texts: readonly string[]; readonly first: number }> {
  let first = 0
  for (;;) {
    const { closed } = manifestOf(directory)
    for (const entry of closed) {
      if (entry.first < first) continue
      first = entry.end
      const path = join(directory, entry.file)
      if (entry.end <= fromIndex || !isWanted(entry) || !existsSync(path)) continue
      const bytes = await unpack(readFileSync(path), compressionOf(entry.file))
      yield { texts: linesOf(bytes), first: entry.first }
    }
    const plain = join(directory, recordsName(first))
    if (!existsSync(plain)) {
      // It was closed since the manifest was read, or is not there yet.
      if ((manifestOf(directory).closed.at(-1)?.end ?? 0) <= first) return
      continue
    }
    const { lines, texts, damage } = parseLines(readFileSync(plain))
    yield { texts, first }
    if (damage !== undefined) throw new AuditError('journal_damaged', `${plain}: ${damage}`)
    const last = lines.at(-1)
    if (last?.kind !== 'end') return
    first = last.end
  }
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('utf8').split('\n')
}
