import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  checkRecord,
  parseRecord,
  type SealedRecord,
  withAbsentContents
} from '@slm-audit/core/journal'
import { type CopiedCheckpoint, nodeSha256 } from '@slm-audit/core/node'
import { Frontier, hashReader, type ReadHash, sameBytes } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { followErasure } from '../erase/follow-erasure.ts'
import { BackgroundIndex } from '../index/background-index.ts'
import { IndexFile } from '../index/index-file.ts'
import { storeCheckpoint } from '../keys/checkpoint-store.ts'
import { followAging } from '../retain/follow-aging.ts'
import { markPartial } from '../store/log-facts.ts'
import { openForWriting } from '../store/open-database.ts'
import { originOf } from '../store/schema.ts'
import { sealedAt } from '../store/sealed-rows.ts'
import { tileReader } from '../store/tree.ts'
import { Writer } from '../store/writer.ts'

/** Who received the calls of a copy: nobody here, so that nobody here ends them. */
const NOBODY = 'import'
/** How long the event loop stands still for the index. */
const STEP_MS = 25

/** A copy of a log that grows record by record. */
export class Copy {
  readonly #file: string
  readonly #database: Database
  readonly #writer: Writer
  readonly #index: BackgroundIndex
  readonly #origin: string
  readonly #hashes: ReadHash

  private constructor(file: string, database: Database) {
    this.#file = file
    this.#database = database
    this.#writer = new Writer(database, NOBODY)
    // An index that is not kept up costs the copy no record, and its readers say how far it is behind.
    this.#index = new BackgroundIndex(new IndexFile(database, file), () => undefined)
    this.#origin = originOf(database)
    this.#hashes = hashReader(tileReader(database), nodeSha256)
  }

  /** Opens a copy, or makes one of the log of a name. */
  static open(file: string, origin: string): Copy {
    return new Copy(file, openForWriting(file, 'disk', origin))
  }

  /** The name of the log that it has. */
  get origin(): string {
    return this.#origin
  }

  /** Number of records. */
  get size(): number {
    return this.#writer.size()
  }

  /** The right edge of its tree at a size that it has had. */
  edge(size: number): Frontier {
    return Frontier.load(size, this.#hashes, nodeSha256)
  }

  /** The hash of a leaf that it has. */
  leafAt(index: number): Uint8Array {
    return this.#hashes({ level: 0, index })
  }

  /** Stores a signed checkpoint of records that are there; one that is there is left. */
  addCheckpoint({ size, note }: CopiedCheckpoint): void {
    storeCheckpoint(this.#database, size, note)
  }

  /**
   * Adds what is not there yet, all of it or nothing, and takes out what it says that the log has lost. Throws AuditError
   * `export_failed`.
   *
   * @param lostBefore Where what stands from an index on came as the log has it now: it is not looked through for losses.
   */
  append(records: readonly SealedRecord[], lostBefore = Number.POSITIVE_INFINITY): void {
    this.#database
      .transaction(() => {
        const size = this.#writer.size()
        for (const sealed of records) if (sealed.index < size) this.#compare(sealed)
        const added = records
          .filter(({ index }) => index >= size)
          .map((sealed) => this.#withAllContents(sealed))
        added.forEach((sealed, at) => {
          this.#check(sealed, size + at)
        })
        if (added.length > 0) this.#writer.copy(added)
        for (const sealed of added) {
          followErasure(this.#database, sealed, lostBefore)
          followAging(this.#database, sealed, lostBefore)
        }
      })
      .immediate()
    this.#index.soon(this.#writer.size())
  }

  /** Says that it was not given all contents: that some are gone says nothing then. */
  markPartial(): void {
    markPartial(this.#database)
  }

  /** Brings the index to the end of the log, in steps. Where that cannot be, readers find what they find without. */
  async indexAll(): Promise<void> {
    this.#index.stop()
    const index = new IndexFile(this.#database, this.#file)
    try {
      while (!index.advance({ deadline: performance.now() + STEP_MS })) await setImmediate()
      while (!index.merge(true)) await setImmediate()
    } catch {
      // The records are there; slm-audit reindex says what is in the way.
    } finally {
      index.close()
    }
  }

  close(): void {
    this.#index.stop()
    this.#database.pragma('wal_checkpoint(TRUNCATE)')
    this.#database.close()
  }

  #compare(sealed: SealedRecord): void {
    const own = sealedAt(this.#database, sealed.index)
    if (own && sameBytes(own.leafHash, sealed.leafHash)) return
    throw this.#refuse(
      parseRecord(sealed).log.origin === this.#origin
        ? `has another record ${sealed.index}, though of the same log: keep both files and verify them`
        : `holds the log ${this.#origin}, not that of the records: give another file`
    )
  }

  #check(sealed: SealedRecord, index: number): void {
    const { origin } = parseRecord(sealed).log
    if (origin !== this.#origin) {
      throw this.#refuse(`holds the log ${this.#origin}, not ${origin}: give another file`)
    }
    if (sealed.index > index) {
      throw this.#refuse(
        `needs record ${index} next and got ${sealed.index}: replay the export from ${index}, without kinds and stages`
      )
    }
    const flaw = checkRecord(sealed, index, nodeSha256)
    if (flaw) throw this.#refuse(`does not take record ${index}: ${flaw.kind}, ${flaw.detail}`)
  }

  #refuse(problem: string): AuditError {
    return new AuditError('export_failed', `the copy ${this.#file} ${problem}`)
  }

  /** Contents that were not exported are told from the header; like erased ones they have no body. */
  #withAllContents(sealed: SealedRecord): SealedRecord {
    const all = withAbsentContents(sealed)
    if (all === sealed) return sealed
    markPartial(this.#database)
    return all
  }
}
