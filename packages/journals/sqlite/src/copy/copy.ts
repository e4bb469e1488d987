import {
  AuditError,
  checkRecord,
  parseRecord,
  type SealedRecord,
  withAbsentContents
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { sameBytes } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { followErasure } from '../erase/follow-erasure.ts'
import { BackgroundIndex } from '../index/background-index.ts'
import { IndexFile } from '../index/index-file.ts'
import { followAging } from '../retain/follow-aging.ts'
import { markPartial } from '../store/log-facts.ts'
import { openForWriting } from '../store/open-database.ts'
import { originOf } from '../store/schema.ts'
import { sealedAt } from '../store/sealed-rows.ts'
import { Writer } from '../store/writer.ts'
import { NOBODY } from './import-log.ts'

/** A copy of a log that grows record by record. */
export class Copy {
  readonly #file: string
  readonly #database: Database
  readonly #writer: Writer
  readonly #index: BackgroundIndex
  readonly #origin: string

  private constructor(file: string, database: Database) {
    this.#file = file
    this.#database = database
    this.#writer = new Writer(database, NOBODY)
    // An index that is not kept up costs the copy no record, and its readers say how far it is behind.
    this.#index = new BackgroundIndex(new IndexFile(database, file), () => undefined)
    this.#origin = originOf(database)
  }

  /** Opens a copy, or makes one of the log that the records are of. */
  static open(file: string, records: readonly SealedRecord[]): Copy {
    const [first] = records
    return new Copy(file, openForWriting(file, 'disk', first ? parseRecord(first).log.origin : ''))
  }

  /** Adds what is not there yet, all of it or nothing. Throws AuditError `export_failed`. */
  append(records: readonly SealedRecord[]): void {
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
          followErasure(this.#database, sealed)
          followAging(this.#database, sealed)
        }
      })
      .immediate()
    this.#index.soon(this.#writer.size())
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
