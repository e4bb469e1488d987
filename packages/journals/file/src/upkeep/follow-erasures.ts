import * as nodeFiles from 'node:fs'
import {
  AuditError,
  IndexRanges,
  readAging,
  readErasure,
  type SealedRecord,
  withoutPieces
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { Compression } from '../format/compression.ts'
import { readManifest } from '../format/manifest.ts'
import { packAll, removePacked } from '../journal/pack-ended.ts'
import type { AdministeredFiles } from './administer.ts'
import { withoutPackers } from './erase-stored.ts'
import { draftFile, endExchanges } from './exchange-file.ts'
import { isErasure } from './is-erasure.ts'

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
  const { directory, log } = administered
  await withoutPackers(directory, async () => {
    await log.exclusive(() => {
      if (!log.endFile())
        throw new AuditError('export_failed', `${directory} could not be erased from yet`)
      endExchanges(directory, nodeFiles)
    })
    await packAll(log, directory, compression, nodeFiles)
    removePacked(directory)
    for (const entry of readManifest(directory)?.closed ?? []) {
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
  readonly #aged: IndexRanges

  constructor(records: readonly SealedRecord[]) {
    this.#aged = new IndexRanges(records.flatMap((sealed) => readAging(sealed)?.ranges ?? []))
    for (const sealed of records.filter(isErasure)) {
      const { records: lost, commitments } = readErasure(sealed)
      for (const index of lost) {
        this.#erased.set(index, new Set([...(this.#erased.get(index) ?? []), ...commitments]))
      }
    }
  }

  get areNone(): boolean {
    return this.#erased.size === 0 && this.#aged.all.length === 0
  }

  /** Whether one of the records from an index on, up to before another, lost something. */
  concern(from: number, to: number): boolean {
    const isAged = this.#aged.all.some(([first, end]) => first < to && end > from)
    return isAged || [...this.#erased.keys()].some((index) => index >= from && index < to)
  }

  readonly isConcerned = (index: number): boolean =>
    this.#aged.has(index) || this.#erased.has(index)

  readonly changed = (sealed: SealedRecord): SealedRecord => {
    const isAged = this.#aged.has(sealed.index)
    const lost = this.#erased.get(sealed.index)
    return withoutPieces(sealed, (each) => isAged || lost?.has(each) === true, nodeSha256)
  }
}
