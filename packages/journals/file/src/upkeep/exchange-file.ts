import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { AuditError, type StoredRecord } from '@slm-audit/core/journal'
import { pack } from '../format/compression.ts'
import { bytesOf, type FileSystem, fileModeIn, syncDirectory, writeAll } from '../format/files.ts'
import { compressionOf } from '../format/layout.ts'
import { lineWith, readLine, recordsOf } from '../format/line.ts'
import { type ClosedFile, exchangeClosedFile, readManifest } from '../format/manifest.ts'
import { isPruned, type PrunedRecords, prunedLine } from '../format/pruned-line.ts'
import { DRAFT, digestOf, readRecordsFile } from '../format/records-files.ts'
import type { AdministeredFiles } from './administer.ts'

/** How long whoever shares the thread waits for lines to be written anew, in milliseconds. */
const STEP_MS = 15

/** What becomes of the records of a closed file. */
export interface FileChange {
  /** Whether a record is another one afterwards. */
  isConcerned(index: number): boolean
  /** Such a record, with as much of it as stays; `records.pruned` as `aged` where that is nothing but its leaf hash. */
  changed(sealed: StoredRecord): StoredRecord
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
  const lines = new ChangedLines(path, change, administered)
  let began = performance.now()
  for (const text of unpacked.bytes.toString('utf8').split('\n').slice(0, -1)) {
    await lines.add(text)
    if (performance.now() - began < STEP_MS) continue
    await setImmediate()
    began = performance.now()
  }
  const bytes = await pack(lines.bytes(), compressionOf(entry.file))
  writeDraft(files, `${path}${DRAFT}`, bytes)
  return {
    exchange: () => {
      const changed = { ...entry, bytes: bytes.length, sha256: digestOf(bytes) }
      exchangeClosedFile(files, directory, changed, lines.pruned)
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

/** The lines of a file as they are written anew. */
class ChangedLines {
  /** The indices of the records of which no more than the leaf hash is left. */
  readonly pruned = new Set<number>()
  readonly #path: string
  readonly #change: FileChange
  readonly #ciphers: Pick<AdministeredFiles, 'decrypt' | 'encrypt'>
  readonly #lines: string[] = []
  /** Pruned records in a row, which become one line. */
  #run: { readonly first: number; readonly leaves: Uint8Array[] } | undefined

  constructor(
    path: string,
    change: FileChange,
    ciphers: Pick<AdministeredFiles, 'decrypt' | 'encrypt'>
  ) {
    this.#path = path
    this.#change = change
    this.#ciphers = ciphers
  }

  /** Takes the next line of the old file. Rejects with AuditError `journal_damaged`. */
  async add(text: string): Promise<void> {
    const { isConcerned, changed } = this.#change
    const line = readLine(text)
    if (!line) throw damaged(this.#path, 'has a line that the log did not write')
    if (line.kind === 'pruned') return this.#prune(line)
    if (line.kind === 'end' || !line.facts.some((_, at) => isConcerned(line.first + at))) {
      return this.#put(text)
    }
    const records = await recordsOf(text, this.#ciphers.decrypt, true)
    if (!records) throw damaged(this.#path, 'has a line that the log did not write')
    let stay: StoredRecord[] = []
    const keep = async (): Promise<void> => {
      if (stay.length > 0) this.#put(await lineWith(text, stay, this.#ciphers.encrypt))
      stay = []
    }
    for (const each of records) {
      const sealed = isConcerned(each.index) ? changed(each) : each
      if (!isPruned(sealed)) {
        stay.push(sealed)
        continue
      }
      await keep()
      this.#prune({ first: sealed.index, leaves: [sealed.leafHash] })
    }
    await keep()
  }

  /** All lines, once the last one was taken. */
  bytes(): Buffer {
    this.#endRun()
    return Buffer.from(this.#lines.map((line) => `${line}\n`).join(''))
  }

  #prune({ first, leaves }: PrunedRecords): void {
    if (this.#run && this.#run.first + this.#run.leaves.length !== first) this.#endRun()
    this.#run ??= { first, leaves: [] }
    for (const [at, leaf] of leaves.entries()) {
      this.#run.leaves.push(leaf)
      this.pruned.add(first + at)
    }
  }

  #put(line: string): void {
    this.#endRun()
    this.#lines.push(line)
  }

  #endRun(): void {
    if (this.#run) this.#lines.push(prunedLine(this.#run))
    this.#run = undefined
  }
}

function writeDraft(files: FileSystem, path: string, bytes: Uint8Array): void {
  const handle = files.openSync(path, 'w', fileModeIn(dirname(path)))
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
