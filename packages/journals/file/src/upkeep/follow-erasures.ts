import * as nodeFiles from 'node:fs'
import {
  AuditError,
  CONTENTS_EXPIRED,
  IndexRanges,
  isErasure,
  RECORDS_PRUNED,
  readAging,
  readErasure,
  type SealedRecord,
  type StoredRecord,
  withoutPieces
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { Compression } from '../format/compression.ts'
import { soundManifest } from '../format/manifest.ts'
import { packAll, removePacked } from '../journal/pack-ended.ts'
import { readDirectory } from '../journal/read-directory.ts'
import type { AdministeredFiles } from './administer.ts'
import { withoutPackers } from './closed-alone.ts'
import { draftFile, endExchanges } from './exchange-file.ts'
import { GoingTiles } from './going-tiles.ts'

/**
 * Takes out of a copy what records of erasures and of retention say that its log has lost. Called with all records of a
 * batch that is stored, before it is answered: what is killed in between comes again, and so is done again. Rejects with
 * AuditError `bad_key` where the copy is encrypted and cannot be read here.
 */
export async function followErasures(
  administered: AdministeredFiles,
  records: readonly SealedRecord[],
  compression: Compression | undefined
): Promise<void> {
  const losses = new Losses(records)
  if (losses.areNone) return
  const { directory, log, decrypt } = administered
  await withoutPackers(directory, async () => {
    await log.exclusive(() => {
      if (!log.endFile())
        throw new AuditError('export_failed', `${directory} could not be erased from yet`)
      endExchanges(directory, nodeFiles)
    })
    await packAll(log, directory, compression, nodeFiles)
    removePacked(directory)
    await losses.settle(() => readDirectory(directory, decrypt))
    for (const entry of soundManifest(directory).closed) {
      if (!losses.concern(entry.first, entry.end)) continue
      const draft = await draftFile(administered, entry, losses, nodeFiles)
      await log.exclusive(() => draft.exchange())
    }
  })
}

/** What records of a batch say that earlier ones have lost. */
class Losses {
  /** Commitments, by the record that lost them. */
  readonly #erased = new Map<number, Set<string>>()
  readonly #expired = new IndexRanges()
  readonly #pruned = new IndexRanges()
  #tiles: GoingTiles | undefined

  constructor(records: readonly SealedRecord[]) {
    for (const { kind, ranges } of records.flatMap((sealed) => readAging(sealed) ?? [])) {
      const aged = kind === RECORDS_PRUNED ? this.#pruned : this.#expired
      for (const range of ranges) aged.add(range)
    }
    for (const sealed of records.filter(isErasure)) {
      const { records: lost, commitments } = readErasure(sealed)
      for (const index of lost) {
        this.#erased.set(index, new Set([...(this.#erased.get(index) ?? []), ...commitments]))
      }
    }
  }

  get areNone(): boolean {
    return this.#erased.size + this.#expired.all.length + this.#pruned.all.length === 0
  }

  /** Finds which records of the tiles that went stay, as they do in the log. */
  async settle(read: () => AsyncIterable<StoredRecord>): Promise<void> {
    const tiles = new GoingTiles(read)
    for (const range of this.#pruned.all) tiles.add(range)
    await tiles.settle()
    this.#tiles = tiles
  }

  /** Whether one of the records from an index on, up to before another, lost something. */
  concern(from: number, to: number): boolean {
    const isAged = this.#expired.all.some(([first, end]) => first < to && end > from)
    if (isAged || this.#tiles?.goesIn(from, to)) return true
    return [...this.#erased.keys()].some((index) => index >= from && index < to)
  }

  readonly isConcerned = (index: number): boolean =>
    this.#expired.has(index) || this.#erased.has(index) || this.#tiles?.goes(index) === true

  readonly changed = (sealed: StoredRecord): StoredRecord => {
    if (this.#tiles?.goes(sealed.index)) return { ...sealed, aged: RECORDS_PRUNED }
    const isExpired = this.#expired.has(sealed.index)
    const lost = this.#erased.get(sealed.index)
    const left = withoutPieces(sealed, (each) => isExpired || lost?.has(each) === true, nodeSha256)
    return isExpired ? { ...left, aged: CONTENTS_EXPIRED } : left
  }
}
