import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, type SealedRecord } from '@slm-audit/core/journal'
import { pack } from '../format/compression.ts'
import { bytesOf, type FileSystem, syncDirectory, writeAll } from '../format/files.ts'
import { compressionOf, FILE_MODE } from '../format/layout.ts'
import { lineWith, readLine, recordsOf } from '../format/line.ts'
import { type ClosedFile, exchangeClosedFile, readManifest } from '../format/manifest.ts'
import { DRAFT, readRecordsFile } from '../format/records-files.ts'
import { digestOf } from '../journal/pack-ended.ts'
import type { AdministeredFiles } from './administer.ts'

/** What becomes of the records of a closed file. */
export interface FileChange {
  /** Whether a record is another one afterwards. */
  isConcerned(index: number): boolean
  /** Such a record, with as much of it as stays. */
  changed(sealed: SealedRecord): SealedRecord
}

/** A closed file that was written anew beside the old one. */
export interface Draft {
  /** Puts it in the place of the old one, and into the manifest; under the log's lock. */
  exchange(): void
}

/**
 * Writes a closed file anew, compressed and encrypted as it is. What stands in the manifest says which of the two counts,
 * wherever it is cut short. Rejects with AuditError `journal_damaged` for a file that is not as the log wrote it.
 */
export async function draftFile(
  administered: AdministeredFiles,
  entry: ClosedFile,
  change: FileChange,
  files: FileSystem
): Promise<Draft> {
  const { directory } = administered
  const path = join(directory, entry.file)
  const stored = bytesOf(path)
  const unpacked = readRecordsFile(directory, entry.first)
  if (!stored || digestOf(stored) !== entry.sha256 || unpacked?.name !== entry.file) {
    throw damaged(path, 'is not what the manifest says')
  }
  const lines: string[] = []
  for (const text of unpacked.bytes.toString('utf8').split('\n').slice(0, -1)) {
    lines.push(await changedLine(text, path, change, administered))
  }
  const plain = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const bytes = await pack(plain, compressionOf(entry.file))
  writeDraft(files, `${path}${DRAFT}`, bytes)
  return {
    exchange: () => {
      exchangeClosedFile(files, directory, {
        ...entry,
        bytes: bytes.length,
        sha256: digestOf(bytes)
      })
      files.renameSync(`${path}${DRAFT}`, path)
      syncDirectory(files, directory)
    }
  }
}

/** Ends what was cut short: a draft that the manifest names takes its place, any other goes. Under both locks. */
export function endExchanges(directory: string, files: FileSystem): void {
  const { closed = [] } = readManifest(directory) ?? {}
  for (const name of readdirSync(directory)) {
    if (!name.startsWith('records-') || !name.endsWith(DRAFT)) continue
    const draft = join(directory, name)
    const file = name.slice(0, -DRAFT.length)
    const sha256 = closed.find((entry) => entry.file === file)?.sha256
    const isNamed = digestOf(bytesOf(draft) ?? Buffer.alloc(0)) === sha256
    if (isNamed) files.renameSync(draft, join(directory, file))
    else files.rmSync(draft, { force: true })
  }
}

async function changedLine(
  text: string,
  path: string,
  { isConcerned, changed }: FileChange,
  { decrypt, encrypt }: Pick<AdministeredFiles, 'decrypt' | 'encrypt'>
): Promise<string> {
  const line = readLine(text)
  if (!line) throw damaged(path, 'has a line that the log did not write')
  if (line.kind === 'end' || !line.facts.some((_, at) => isConcerned(line.first + at))) return text
  const records = await recordsOf(text, decrypt, true)
  if (!records) throw damaged(path, 'has a line that the log did not write')
  const left = records.map((sealed) => (isConcerned(sealed.index) ? changed(sealed) : sealed))
  return await lineWith(text, left, encrypt)
}

function writeDraft(files: FileSystem, path: string, bytes: Uint8Array): void {
  const handle = files.openSync(path, 'w', FILE_MODE)
  try {
    writeAll(files, handle, bytes, 0)
    files.fsyncSync(handle)
  } finally {
    files.closeSync(handle)
  }
}

function damaged(path: string, what: string): AuditError {
  return new AuditError('journal_damaged', `${path} ${what}; slm-audit verify says more`)
}
