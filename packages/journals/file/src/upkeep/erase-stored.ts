import * as nodeFiles from 'node:fs'
import { join } from 'node:path'
import {
  AuditError,
  CONTENTS_ERASED,
  type Erased,
  type EraseOptions,
  nameOfScope,
  pendingErasure,
  readErasure,
  type SealedRecord,
  withoutPieces
} from '@slm-audit/core/journal'
import { nodeSha256, userName } from '@slm-audit/core/node'
import type { FileSystem } from '../format/files.ts'
import { compressionOf } from '../format/layout.ts'
import { type ClosedFile, readManifest, soundManifest } from '../format/manifest.ts'
import { exporterNames } from '../journal/exporter-cursors.ts'
import { lostEnds } from '../journal/lost-end.ts'
import { packAll, removePacked } from '../journal/pack-ended.ts'
import type { AdministeredFiles } from './administer.ts'
import { endFile, withoutPackers } from './closed-alone.ts'
import { eventsFrom } from './events.ts'
import { draftFile, endExchanges } from './exchange-file.ts'
import { haveHoldsChanged } from './holds.ts'
import {
  beginErasure,
  endErasure,
  type PendingErasure,
  pendingErasureIn
} from './pending-erasure.ts'
import { ErasurePlan } from './plan-erasure.ts'

/** How an erasure goes on. */
export interface ErasureRun {
  /** Hears of records that are done. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
  /** Asked between two files: the rest is left to whoever opens the log next. */
  readonly isStopped?: () => boolean
  readonly files?: FileSystem
}

/** Erases what is stored: see `eraseContents`, which checks the options. */
export function eraseStored(
  administered: AdministeredFiles,
  { scope, reason, by = userName(), scopeName = nameOfScope(scope), onProgress }: EraseOptions,
  files: FileSystem = nodeFiles
): Promise<Erased> {
  const { directory, log, encrypt } = administered
  return withoutPackers(directory, async () => {
    // Of an erasure that was killed.
    await finishErasure(administered, { files })
    await log.exclusive(async () => {
      endFile(administered)
      const pending = { scope, note: { scope: scopeName, by, reason }, until: log.state.size }
      await beginErasure(files, directory, pending, encrypt)
    })
    return await finishErasure(administered, { onProgress, files })
  })
}

/**
 * Does what is left of an erasure that has begun; nothing where none has. Each closed file that has something of it is
 * written anew and exchanged, behind the record that says what it lost. Called by `withoutPackers`. Rejects with the
 * system's error, and as reading the log does.
 */
export async function finishErasure(
  administered: AdministeredFiles,
  run: ErasureRun = {}
): Promise<Erased> {
  const { directory, log, decrypt } = administered
  const { files = nodeFiles } = run
  const pending = await pendingErasureIn(directory, decrypt)
  if (!pending) return { ...NOTHING, ...KEPT }
  const newest = readManifest(directory)?.closed.at(-1)
  await log.exclusive(() => {
    endExchanges(directory, files)
    // Where the end of the log was lost since, the open file begins before the place that the erasure goes to.
    if (log.first < pending.until) endFile(administered)
  })
  await packAll(log, directory, newest && compressionOf(newest.file), files)
  removePacked(directory, files)
  const plan = await new Erasure(administered, pending, { ...run, files }).run()
  return { ...plan.report, ...KEPT, ...plan.heldBack, exporters: exporterNames(directory) }
}

/** What an erasure would take out of a log. */
export async function rehearseErasure(
  { directory, decrypt }: Pick<AdministeredFiles, 'directory' | 'decrypt'>,
  scope: PendingErasure['scope']
): Promise<Erased> {
  const plan = await ErasurePlan.of({ directory, decrypt, scope, until: Number.MAX_SAFE_INTEGER })
  return { ...plan.report, ...KEPT, ...plan.heldBack, exporters: exporterNames(directory) }
}

const NOTHING = { calls: 0, records: 0, contents: 0, bytes: 0, sharing: 0 }
/** A log in files has no data keys of its own, and no write-ahead log. */
const KEPT = { keys: 0, held: 0, incidents: [], exporters: [], isLogEmpty: true }

/** One run over the closed files, which nobody else writes anew meanwhile. */
class Erasure {
  readonly #administered: AdministeredFiles
  readonly #pending: PendingErasure
  readonly #run: ErasureRun & { readonly files: FileSystem }
  /** Records that a record of this erasure names. */
  readonly #recorded = new Set<number>()
  readonly #commitments = new Set<string>()
  /** How long the log was when its holds were read. */
  #seen = 0
  #first: ErasurePlan | undefined

  constructor(
    administered: AdministeredFiles,
    pending: PendingErasure,
    run: ErasureRun & { readonly files: FileSystem }
  ) {
    this.#administered = administered
    this.#pending = pending
    this.#run = run
  }

  async run(): Promise<ErasurePlan> {
    const { directory, log, decrypt } = this.#administered
    const { scope, until } = this.#pending
    for await (const sealed of eventsFrom(directory, decrypt, CONTENTS_ERASED, until)) {
      const { records, commitments } = readErasure(sealed)
      for (const index of records) this.#recorded.add(index)
      for (const each of commitments) this.#commitments.add(each)
    }
    for (;;) {
      this.#seen = await log.exclusive(() => log.state.size)
      const ask = { directory, decrypt, scope, until, recorded: this.#commitments }
      const plan = await ErasurePlan.of(ask)
      this.#first ??= plan
      if (await this.#takeOut(plan)) return this.#first
    }
  }

  /** False where a hold came, or went, and all is to be looked at again. */
  async #takeOut(plan: ErasurePlan): Promise<boolean> {
    const { directory, log } = this.#administered
    const { until } = this.#pending
    const closed = soundManifest(directory).closed.filter(({ first }) => first < until)
    if ((closed.at(-1)?.end ?? 0) < Math.min(until, this.#seen)) {
      const message = `another process closes files of ${directory}; wait for its end, then erase again`
      throw new AuditError('journal_unavailable', message)
    }
    const concerned = [...plan.concerned].sort((one, other) => one - other)
    let done = 0
    for (const entry of closed) {
      const before = done
      while ((concerned[done] ?? Number.POSITIVE_INFINITY) < entry.end) done++
      if (done === before) continue
      if (this.#run.isStopped?.()) return true
      if (!(await this.#takeOutOf(entry, plan))) return false
      this.#run.onProgress?.(done, concerned.length)
    }
    if (plan.holds === 0) removeLost(this.#run.files, directory)
    await log.exclusive(() => endErasure(this.#run.files, directory))
    return true
  }

  async #takeOutOf(entry: ClosedFile, plan: ErasurePlan): Promise<boolean> {
    const { directory, log, decrypt } = this.#administered
    const records: number[] = []
    const commitments = new Set<string>()
    const changed = (sealed: SealedRecord) => {
      const lost = new Set(plan.lostIn(sealed).map(({ commitment }) => commitment))
      if (lost.size > 0) records.push(sealed.index)
      for (const each of lost) commitments.add(each)
      return withoutPieces(sealed, (commitment) => lost.has(commitment), nodeSha256)
    }
    const change = { isConcerned: (index: number) => plan.concerned.has(index), changed }
    const draft = await draftFile(this.#administered, entry, change, this.#run.files)
    return await log.exclusive(async () => {
      const { size } = log.state
      if (size > this.#seen && (await haveHoldsChanged(directory, decrypt, this.#seen)))
        return false
      // A hold that was released meanwhile frees parts of records that were recorded before.
      const isNew =
        records.some((index) => !this.#recorded.has(index)) ||
        [...commitments].some((each) => !this.#commitments.has(each))
      if (isNew) {
        const erased = { records, commitments: [...commitments] }
        // A loss of power must not leave what is taken, and take back what says so.
        await log.appendNow([pendingErasure(this.#pending.note, erased)], true)
        for (const index of records) this.#recorded.add(index)
        for (const each of commitments) this.#commitments.add(each)
      }
      this.#seen = log.state.size
      draft.exchange()
      return true
    })
  }
}

/** What was left of a lost end goes with any erasure that no hold forbids: whose it is cannot be told. */
function removeLost(files: FileSystem, directory: string): void {
  for (const { folder } of lostEnds(directory)) {
    for (const name of nodeFiles.readdirSync(join(directory, folder))) {
      if (!name.startsWith('records-')) continue
      // What stood in the place of the file may have been a folder.
      files.rmSync(join(directory, folder, name), { force: true, recursive: true })
    }
  }
}
