import {
  checkRecord,
  flawOfRecords,
  parseRecord,
  type RecordFlaw,
  type SealedRecord
} from '@slm-audit/core/journal'
import { nodeSha256, type TiledLog } from '@slm-audit/core/node'
import { KeptRecords, sealedNote, withOwnWordsOnly } from '@slm-audit/core/reader'
import { KnownNodes } from '@slm-audit/core/tlog'
import { type LogSourceOptions, openSource } from './open-log-source.ts'
import type { LogSource } from './source/source.ts'
import { accessTo } from './upkeep/record-access.ts'

/** A log's sealed records, for copies and exports; nothing is written. */
export interface SealedFiles extends TiledLog {
  /** The log's name. */
  readonly origin: string
  /** Number of records when it was opened. */
  readonly size: number
  /** Records in order, to the size when it was opened; those that retention took are left out. */
  records(fromIndex?: number): AsyncIterable<SealedRecord>
  /** The records of one call, in order; none for an id that the log does not have. */
  recordsOf(auditId: string): Promise<SealedRecord[]>
  /** The first flaw of a call's records that are about to go out, as `Reader.get` finds it. */
  flawOfCall(records: readonly SealedRecord[]): RecordFlaw | undefined
  /** The flaw of one record by itself: its place, its leaf, its contents. */
  flawOf(record: SealedRecord): RecordFlaw | undefined
  /** Signed checkpoints with their cosignatures, ascending. */
  checkpoints(): readonly { readonly size: number; readonly note: string }[]
}

/** Options of `openSealedFiles`. */
export interface SealedFilesOptions extends LogSourceOptions {
  /** Whether the caller has recorded already, by a reader for exports, which calls it reads; false unless given. */
  readonly isRecorded?: boolean
  /** Whether only what the log says of itself has its contents, which every reader may be given; false unless given. */
  readonly ownWordsOnly?: boolean
}

/**
 * Opens a log in files, or one file that holds a whole log, for its sealed records. A log that records who reads it gets a
 * record before the first of them is given. Rejects as `openLogSource`; records are refused with AuditError `denied` to whoever
 * is given less than whole contents, unless they have none.
 */
export async function openSealedFiles(
  path: string,
  { isRecorded = false, ownWordsOnly = false, access: asked, ...options }: SealedFilesOptions = {}
): Promise<SealedFiles> {
  const { access, record } = await accessTo(path, asked, options.identities ?? [])
  const source = await openSource(path, options)
  let isAdmitted = isRecorded
  const admit = async (records: number, what: string): Promise<void> => {
    if (isAdmitted) return
    const note = sealedNote(access, { records, what }, ownWordsOnly)
    await record?.(note)
    isAdmitted = true
  }
  const calls = new CallRecords(source)
  const known = new KnownNodes()
  const shown = (sealed: SealedRecord) => (ownWordsOnly ? withOwnWordsOnly(sealed) : sealed)
  return {
    origin: source.origin,
    size: source.size,
    async *records(fromIndex = 0) {
      await admit(Math.max(0, source.size - fromIndex), `records from ${fromIndex} on`)
      for await (const sealed of source.records(fromIndex)) yield shown(sealed)
    },
    async recordsOf(auditId) {
      const records = await calls.of(auditId)
      await admit(records.length, auditId)
      return records.map(shown)
    },
    flawOfCall: (records) =>
      flawOfRecords(records, source.checkpoints().at(-1), source.readTile, nodeSha256, known),
    flawOf: (sealed) => checkRecord(sealed, sealed.index, nodeSha256),
    checkpoints: () => source.checkpoints(),
    readTile: source.readTile,
    newestCheckpoint: () => source.checkpoints().at(-1)?.note
  }
}

/** The records of calls, found in one walk through the log. */
class CallRecords {
  readonly #source: LogSource
  readonly #kept: KeptRecords
  #indices: Promise<ReadonlyMap<string, readonly number[]>> | undefined

  constructor(source: LogSource) {
    this.#source = source
    this.#kept = new KeptRecords({ records: (fromIndex) => source.records(fromIndex) })
  }

  async of(auditId: string): Promise<SealedRecord[]> {
    this.#indices ??= this.#walk()
    return await this.#kept.at((await this.#indices).get(auditId) ?? [])
  }

  async #walk(): Promise<ReadonlyMap<string, readonly number[]>> {
    const indices = new Map<string, number[]>()
    for await (const sealed of this.#source.records()) {
      const { auditId } = parseRecord(sealed)
      const found = indices.get(auditId)
      if (found) found.push(sealed.index)
      else indices.set(auditId, [sealed.index])
      this.#kept.keep(sealed)
    }
    return indices
  }
}
