import * as nodeFiles from 'node:fs'
import {
  AuditError,
  CONTENTS_EXPIRED,
  IndexRanges,
  type KnownRetention,
  type PendingRetention,
  POLICY_KINDS,
  pendingAging,
  RECORDS_PRUNED,
  type RetentionReport,
  rangesOf,
  readAging,
  retentionIn,
  type SealedRecord,
  type StoredRecord,
  withoutPieces
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Cipher } from '../format/age.ts'
import type { FileSystem } from '../format/files.ts'
import { compressionOf, isRetaining } from '../format/layout.ts'
import { type ClosedFile, readManifest, soundManifest } from '../format/manifest.ts'
import { packAll, removePacked } from '../journal/pack-ended.ts'
import type { AdministeredFiles } from './administer.ts'
import { endFile, lockClosed } from './closed-alone.ts'
import { eventsFrom } from './events.ts'
import { draftFile, endExchanges } from './exchange-file.ts'
import { haveHoldsChanged } from './holds.ts'
import { destroyUnused } from './key-use.ts'
import { beginRetention, endRetention, pendingRetentionIn } from './pending-retention.ts'
import { RetentionPlan } from './retention-plan.ts'

/** So many ranges fit into the header of one record, whatever their numbers. */
const MOST_RANGES = 1_000
/** How often files are listed that other processes close meanwhile. */
const MOST_TRIES = 10

/** How a run goes on. */
export interface RetentionRunOptions {
  /** Asked between records and files: the rest is left to whoever opens the log next. */
  readonly isStopped?: () => boolean
  readonly files?: FileSystem
}

/** What the newest policy of a log in files says of retention; `undefined` where there is none, or it says nothing. */
export async function newestRetention(
  directory: string,
  decrypt: Cipher
): Promise<KnownRetention | undefined> {
  let newest: SealedRecord | undefined
  for await (const sealed of eventsFrom(directory, decrypt, POLICY_KINDS)) newest = sealed
  return newest && retentionIn(newest)
}

/** One run over the closed files of a log, each of which is a step. */
export class RetentionRun {
  readonly #administered: AdministeredFiles
  readonly #files: FileSystem
  readonly #isStopped: (() => boolean) | undefined
  #pending: PendingRetention
  #first: RetentionPlan | undefined
  /** How long the log was when its holds were read. */
  #seen = 0
  /** How many data keys it destroyed, at its end. */
  #keys = 0
  /** What records of this run say already. */
  readonly #said = { expired: new IndexRanges(), pruned: new IndexRanges() }
  readonly #done = { expired: 0, pruned: 0 }

  /** A run that a kill has cut short goes on as it was, whatever `pending` says. */
  constructor(
    administered: AdministeredFiles,
    pending: PendingRetention,
    { isStopped, files = nodeFiles }: RetentionRunOptions = {}
  ) {
    this.#administered = administered
    this.#pending = pending
    this.#isStopped = isStopped
    this.#files = files
  }

  /** What it takes; before the first step nothing. */
  get report(): RetentionReport {
    return { ...(this.#first?.report ?? NOTHING), keys: this.#keys }
  }

  /** What it has taken so far. */
  get taken(): RetentionReport {
    const { expired, pruned } = this.#done
    const report = this.report
    return {
      ...report,
      expired: { ...report.expired, records: expired },
      pruned: { ...report.pruned, records: pruned }
    }
  }

  /**
   * Takes what is due, file by file. Rejects with AuditError `journal_unavailable` while another process writes closed files
   * anew, `bad_key` where the log is encrypted and cannot be read here, and as reading the log does.
   */
  async *steps(): AsyncGenerator<void> {
    const { directory, log, encrypt } = this.#administered
    const lock = await lockClosed(directory, this.#isStopped)
    try {
      await log.exclusive(() => endExchanges(directory, this.#files))
      await this.#resume()
      for (let isDone = false; !isDone; ) {
        const plan = await this.#plan()
        this.#first ??= plan
        if (plan.end === 0) break
        if (!isRetaining(directory)) {
          await beginRetention(this.#files, directory, this.#pending, encrypt)
        }
        await this.#close(plan.end)
        isDone = yield* this.#takeOut(plan)
      }
      if (isRetaining(directory)) {
        this.#keys = await destroyUnused(this.#administered)
        await log.exclusive(() => endRetention(this.#files, directory))
      }
    } finally {
      lock.close()
    }
  }

  /** What was said and not done is not said again. */
  async #resume(): Promise<void> {
    const { directory, decrypt } = this.#administered
    const pending = await pendingRetentionIn(directory, decrypt)
    if (!pending) return
    this.#pending = pending
    const kinds = [CONTENTS_EXPIRED, RECORDS_PRUNED]
    for await (const sealed of eventsFrom(directory, decrypt, kinds)) {
      const { kind, ranges } = readAging(sealed) ?? { ranges: [] }
      const said = kind === RECORDS_PRUNED ? this.#said.pruned : this.#said.expired
      for (const range of ranges) said.add(range)
    }
  }

  /** Once all files that have ended are listed, so that what these say of open calls can be kept right. */
  async #plan(): Promise<RetentionPlan> {
    const { directory, log, decrypt } = this.#administered
    await this.#list()
    this.#seen = await log.exclusive(() => log.state.size)
    const ask = { directory, decrypt, pending: this.#pending, size: this.#seen }
    return await RetentionPlan.of({ ...ask, isStopped: this.#isStopped })
  }

  /** Sees that records before an index are in closed files. */
  async #close(end: number): Promise<void> {
    const { log } = this.#administered
    await log.exclusive(() => {
      if (log.first < end) endFile(this.#administered)
    })
    await this.#list()
  }

  async #list(): Promise<void> {
    const { directory, log } = this.#administered
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const newest = readManifest(directory)?.closed.at(-1)
      await packAll(log, directory, newest && compressionOf(newest.file), this.#files)
      removePacked(directory, this.#files)
      const isListed = await log.exclusive(
        () => (readManifest(directory)?.closed.at(-1)?.end ?? 0) === log.first
      )
      if (isListed) return
    }
    const message = `another process closes files of ${directory}; wait for its end, then apply retention again`
    throw new AuditError('journal_unavailable', message)
  }

  /** False where a hold came, or went, and all is to be looked at again. */
  async *#takeOut(plan: RetentionPlan): AsyncGenerator<void, boolean> {
    const { directory } = this.#administered
    for (const entry of soundManifest(directory).closed) {
      if (!plan.concerns(entry.first, entry.end)) continue
      if (!(await this.#takeOutOf(entry, plan))) return false
      yield
    }
    return true
  }

  async #takeOutOf(entry: ClosedFile, plan: RetentionPlan): Promise<boolean> {
    const { directory, log, decrypt } = this.#administered
    const expired: number[] = []
    let pruned = 0
    const changed = (sealed: StoredRecord): StoredRecord => {
      if (plan.expiring.has(sealed.index)) expired.push(sealed.index)
      if (plan.tiles.goes(sealed.index)) {
        pruned++
        return { ...sealed, aged: RECORDS_PRUNED }
      }
      return { ...withoutPieces(sealed, () => true, nodeSha256), aged: CONTENTS_EXPIRED }
    }
    const change = { isConcerned: (index: number) => plan.isConcerned(index), changed }
    const draft = await draftFile(this.#administered, entry, change, this.#files)
    return await log.exclusive(async () => {
      const { size } = log.state
      if (size > this.#seen && (await haveHoldsChanged(directory, decrypt, this.#seen)))
        return false
      await this.#say(entry, plan, expired)
      this.#seen = log.state.size
      draft.exchange()
      this.#done.expired += expired.length
      this.#done.pruned += pruned
      return true
    })
  }

  /** Adds the records that say what a file loses. */
  async #say(
    { first, end }: ClosedFile,
    plan: RetentionPlan,
    expired: readonly number[]
  ): Promise<void> {
    const policy = this.#pending.digest
    const fresh = rangesOf(expired.filter((index) => !this.#said.expired.has(index)))
    const tiles: number[] = []
    for (let tile = Math.floor(first / TILE_WIDTH); tile * TILE_WIDTH < end; tile++) {
      const isSaid = this.#said.pruned.has(tile * TILE_WIDTH)
      if (!isSaid && plan.tiles.recordsOf(tile) > 0) tiles.push(tile)
    }
    const gone = rangesOf(tiles).map(([from, to]) => [from * TILE_WIDTH, to * TILE_WIDTH] as const)
    const saying = [
      ...chunks(fresh).map((ranges) => {
        const records = ranges.reduce((sum, [from, to]) => sum + to - from, 0)
        return pendingAging(CONTENTS_EXPIRED, { records, ranges, policy })
      }),
      ...chunks(gone).map((ranges) => {
        const named = new IndexRanges(ranges)
        const records = tiles
          .filter((tile) => named.has(tile * TILE_WIDTH))
          .reduce((sum, tile) => sum + plan.tiles.recordsOf(tile), 0)
        return pendingAging(RECORDS_PRUNED, { records, ranges, policy })
      })
    ]
    // A loss of power must not leave what is taken, and take back what says so.
    if (saying.length > 0) {
      await this.#administered.log.appendNow(saying, { isSynced: true })
    }
    for (const range of fresh) this.#said.expired.add(range)
    for (const range of gone) this.#said.pruned.add(range)
  }
}

const NOTHING: RetentionReport = {
  classes: [],
  expired: { records: 0, bytes: 0 },
  pruned: { records: 0, tiles: 0, bytes: 0 },
  keys: 0,
  waiting: [],
  held: 0,
  incidents: []
}

function chunks<T>(items: readonly T[]): (readonly T[])[] {
  const all: (readonly T[])[] = []
  for (let at = 0; at < items.length; at += MOST_RANGES) {
    all.push(items.slice(at, at + MOST_RANGES))
  }
  return all
}
