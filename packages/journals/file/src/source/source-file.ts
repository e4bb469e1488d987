import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  checkArriving,
  parseRecord,
  type RecordFlaw,
  type SealedRecord,
  type StoredLog,
  type StoredRecord,
  type VerifyOptions,
  type VerifyReport,
  verifyLog
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { GrowingTree, type Tile } from '@slm-audit/core/tlog'
import type { Cipher } from '../format/age.ts'
import { checkpointsIn } from '../format/checkpoint-file.ts'
import { recordsOf } from '../format/line.ts'
import { isPruned, prunedRecords } from '../format/pruned-line.ts'
import { readLines } from '../format/read-lines.ts'
import { fieldsOf } from '../format/record-line.ts'
import { withoutKeys } from '../subjects/opened-records.ts'
import type { LogSource } from './source.ts'

/** What ends the log before its file does. */
type Problem = Pick<RecordFlaw, 'kind' | 'detail'>

/**
 * Opens a log in one file, which is read line by line as often as it is needed. Rejects with
 * AuditError for one that holds no whole log; one that was cut or changed is for `verify` to say.
 */
export async function openFile(path: string, decrypt: Cipher): Promise<LogSource> {
  const scan = new Scan()
  for await (const { texts, damage } of readLines(path, decrypt)) {
    for (const text of texts) await scan.add(text, decrypt)
    if (damage !== undefined) scan.cut(damage)
    if (scan.isOver) break
  }
  const problem = scan.end(path)
  const { origin, size, checkpointLines, keys } = scan
  const checkpoints = checkpointsIn(checkpointLines)
  const stored = (from: number) => recordsFrom(path, decrypt, from, size)
  const log: StoredLog = {
    origin,
    size,
    // An exporter may have been told to leave contents out, and the files do not say so.
    isPartial: true,
    readTile: scan.readTile,
    // The file is read asynchronously, which only `checkRanges` can wait for.
    records: () => [],
    checkRanges: (from) => checkArriving(stored(from), origin, from, size, nodeSha256),
    checkpoints: () => checkpoints,
    keyRecords: (index) => keys.filter((record) => record.index < index)
  }
  return {
    origin,
    size,
    readTile: scan.readTile,
    checkpoints: () => checkpoints,
    verify: (options = {}) => verifyFile(log, problem, scan.hasEnded, options),
    async *records(from = 0) {
      for await (const sealed of stored(from)) if (!isPruned(sealed)) yield sealed
    }
  }
}

async function verifyFile(
  log: StoredLog,
  problem: Problem | undefined,
  hasEnded: boolean,
  options: VerifyOptions
): Promise<VerifyReport> {
  const report = await verifyLog(log, { rest: setImmediate, ...options }, nodeSha256)
  // What ends the file too early ends the log before its checkpoints do.
  const { flaw } = report
  // Checkpoints come last: where they were cut off nobody can tell whether a key signed for the next one.
  const isUnknown = !hasEnded && flaw?.kind === 'wrong key'
  const isFirst = !flaw || flaw.index >= log.size || isUnknown
  if (!problem || !isFirst) return report
  return { ...report, verdict: 'flawed', flaw: { index: log.size, ...problem } }
}

async function* recordsFrom(
  path: string,
  decrypt: Cipher,
  from: number,
  size: number
): AsyncGenerator<StoredRecord> {
  for await (const { texts } of readLines(path, decrypt)) {
    for (const text of texts) {
      for (const sealed of prunedRecords(text) ?? (await recordsOf(text, decrypt, true)) ?? []) {
        if (sealed.index >= from && sealed.index < size) yield withoutKeys(sealed)
        // What stands behind may have no end.
        if (sealed.index >= size - 1) return
      }
    }
  }
}

/** One pass over the lines: what the log is, as far as they are what an export writes. */
class Scan {
  origin = ''
  size = 0
  readonly checkpointLines: string[] = []
  readonly keys: SealedRecord[] = []
  readonly #tiles = new Map<string, Uint8Array>()
  readonly #tree: GrowingTree
  #line = 0
  #end: number | undefined
  #problem: Problem | undefined
  /** The record that stands where another belongs: in an export of some calls, or where one was taken out. */
  #hole: number | undefined

  constructor() {
    const write = (tile: Tile, hashes: Uint8Array) =>
      void this.#tiles.set(nameOf(tile), hashes.slice())
    this.#tree = new GrowingTree({ read: this.readTile, write }, nodeSha256)
    this.#tree.resume(0)
  }

  readonly readTile = (tile: Tile): Uint8Array => this.#tiles.get(nameOf(tile)) ?? new Uint8Array()

  /** Whether the file says itself that the log ends, behind all its checkpoints. */
  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** Whether what follows cannot change what is known. */
  get isOver(): boolean {
    return this.#problem !== undefined
  }

  async add(text: string, decrypt: Cipher): Promise<void> {
    this.#line++
    if (this.isOver) return
    if (this.#end !== undefined) this.#changed('stands behind the end of the log')
    else if (text.startsWith('{"size":')) this.#addCheckpoint(text)
    else if (text.startsWith('{"end":')) this.#end = Number(fieldsOf(text)?.end)
    else if (this.#hole === undefined) await this.#addRecords(text, decrypt)
  }

  /** The file cannot be read any further. */
  cut(detail: string): void {
    this.#problem ??= { kind: 'truncated tail', detail: `behind line ${this.#line} ${detail}` }
  }

  /** What ends the log too early, if anything. Throws AuditError where there is no whole log. */
  end(path: string): Problem | undefined {
    this.#tree.save()
    const isWhole = this.#end !== undefined || this.checkpointLines.length > 0
    if (this.size === 0 && this.#hole === undefined) {
      const detail = this.#problem ? ` (${this.#problem.detail})` : ''
      const message = `${path} holds no records${detail}; name a file that slm-audit export --format jsonl wrote`
      throw new AuditError('journal_damaged', message)
    }
    if (this.#hole !== undefined && !isWhole) {
      const message = `${path} is not a whole log: record ${this.#hole} stands where ${this.size} belongs; export without a filter`
      throw new AuditError('journal_damaged', message)
    }
    if (this.#problem) return this.#problem
    if (this.#hole !== undefined) {
      return { kind: 'missing', detail: `record ${this.#hole} stands where ${this.size} belongs` }
    }
    if (this.#end !== undefined && this.#end !== this.size) {
      return {
        kind: 'truncated tail',
        detail: `the file says that the log has ${this.#end} records`
      }
    }
    // Versions before 0.2 wrote no end, but the checkpoints last.
    if (isWhole) return undefined
    const detail = 'the file has no end: it was cut, or its export was not finished'
    return { kind: 'truncated tail', detail }
  }

  #addCheckpoint(text: string): void {
    const { note, cosignature } = fieldsOf(text) ?? {}
    if (typeof (note ?? cosignature) === 'string') this.checkpointLines.push(text)
    else this.#changed('is not a checkpoint')
  }

  async #addRecords(text: string, decrypt: Cipher): Promise<void> {
    const records = prunedRecords(text) ?? (await recordsOf(text, decrypt, true))
    if (!records) return this.#changed('is nothing that an export writes')
    if (this.checkpointLines.length > 0) return this.#changed('holds a record behind a checkpoint')
    for (const sealed of records) {
      if (sealed.index > this.size) {
        this.#hole = sealed.index
        return
      }
      if (sealed.index < this.size) return this.#changed(`holds record ${sealed.index} once more`)
      if (!isPruned(sealed)) this.origin ||= parseRecord(sealed).log.origin
      if (sealed.header.includes('"kind":"key.added"')) this.keys.push(sealed)
      this.#tree.append(sealed.leafHash)
      this.size++
    }
  }

  #changed(what: string): void {
    this.#problem ??= { kind: 'changed', detail: `line ${this.#line} ${what}` }
  }
}

function nameOf({ level, n }: Tile): string {
  return `${level}/${n}`
}
