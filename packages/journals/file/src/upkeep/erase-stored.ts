import * as nodeFiles from 'node:fs'
import { join } from 'node:path'
import {
  AuditError,
  CONTENTS_ERASED,
  type Erased,
  type EraseOptions,
  nameOfScope,
  pendingErasure,
  type RecordScope,
  readErasure,
  type SealedRecord,
  withoutPieces
} from '@slm-audit/core/journal'
import { nodeSha256, userName } from '@slm-audit/core/node'
import type { FileSystem } from '../format/files.ts'
import { compressionOf, isErasing } from '../format/layout.ts'
import { type ClosedFile, readManifest, soundManifest } from '../format/manifest.ts'
import { exporterNames } from '../journal/exporter-cursors.ts'
import { tellFiles } from '../journal/log-subjects.ts'
import { lostEnds } from '../journal/lost-end.ts'
import { packAll, removePacked } from '../journal/pack-ended.ts'
import { storedScopes } from '../subjects/stored-users.ts'
import { SubjectFile } from '../subjects/subject-file.ts'
import type { AdministeredFiles } from './administer.ts'
import { endFile, withoutPackers } from './closed-alone.ts'
import { eventsFrom } from './events.ts'
import { draftFile, endExchanges } from './exchange-file.ts'
import { activeHolds, haveHoldsChanged } from './holds.ts'
import { isNamedIn } from './named-in.ts'
import {
  beginErasure,
  endErasure,
  type PendingErasure,
  pendingErasureIn
} from './pending-erasure.ts'
import { ErasurePlan } from './plan-erasure.ts'
import { StoredRedacting } from './stored-redacting.ts'
import { destroyKeys, giveBack, retireSubject, subjectOf } from './subject-erasure.ts'

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
    await finishBegun(administered, files)
    const isNamed = await isNamedIn(directory, administered.decrypt, scope)
    // They would be given back in the end; until then the subject goes by the same name.
    const isHeld = await isPartHeld(administered, storedScopes(directory, scope))
    await log.exclusive(async () => {
      endFile(administered)
      const note = { scope: scopeName, by, reason }
      // Here, since the name may have been given meanwhile.
      const scopes = storedScopes(directory, scope, isNamed)
      const subject = isHeld ? undefined : subjectOf(log.subjects, directory, scopes)
      const pending = { scopes, note, until: log.state.size, ...(subject && { subject }) }
      await beginErasure(files, directory, pending, encrypt)
      if (subject) retireSubject(log.subjects, subject)
    })
    const { redacted: _, ...erased } = await finishErasure(administered, { onProgress, files })
    // Else whoever opens the log next does.
    await tellFiles(directory, log).catch(() => undefined)
    return erased
  })
}

/** Does what is left of all that was killed. Rejects as `finishErasure`. */
export async function finishBegun(
  administered: AdministeredFiles,
  files: FileSystem = nodeFiles
): Promise<void> {
  while (isErasing(administered.directory)) await finishErasure(administered, { files })
}

/**
 * Does what is left of an erasure, or of a redaction, that has begun; nothing where none has. Each closed file that has something of it is
 * written anew and exchanged, behind the record that says what it lost. Called by `withoutPackers`. Rejects with the
 * system's error, and as reading the log does.
 */
export async function finishErasure(
  administered: AdministeredFiles,
  run: ErasureRun = {}
): Promise<Erased & { readonly redacted: number }> {
  const { directory, log, decrypt, encrypt } = administered
  const { files = nodeFiles } = run
  let pending = await pendingErasureIn(directory, decrypt)
  if (!pending) return { ...NOTHING, ...KEPT, redacted: 0 }
  const newest = readManifest(directory)?.closed.at(-1)
  const begun = pending
  pending = await log.exclusive(async () => {
    endExchanges(directory, files)
    // Where the end of the log was lost since, the open file begins before the place that the erasure goes to.
    if (log.first < begun.until) endFile(administered)
    if (!begun.subject || !retireSubject(log.subjects, begun.subject)) return begun
    // It was killed before its keys were out of use, or after they were given back: what came since is meant as well.
    endFile(administered)
    const again = { ...begun, until: log.state.size }
    await beginErasure(files, directory, again, encrypt)
    return again
  })
  await packAll(log, directory, newest && compressionOf(newest.file), files)
  removePacked(directory, files)
  const { plan, keys, redacted } = await new Erasure(administered, pending, {
    ...run,
    files
  }).run()
  const exporters = exporterNames(directory)
  return { ...plan.report, ...KEPT, keys, ...plan.heldBack, exporters, redacted }
}

/** What an erasure would take out of a log. */
export async function rehearseErasure(
  { directory, decrypt }: Pick<AdministeredFiles, 'directory' | 'decrypt'>,
  scope: RecordScope
): Promise<Erased> {
  const scopes = storedScopes(directory, scope)
  const ask = { directory, decrypt, scopes, until: Number.MAX_SAFE_INTEGER }
  const plan = await ErasurePlan.of(ask)
  const { heldBack, report } = plan
  const subject = subjectOf(new SubjectFile(directory), directory, scopes)
  const keys = heldBack.held > 0 ? 0 : (subject?.keys.length ?? 0)
  return { ...report, ...KEPT, keys, ...heldBack, exporters: exporterNames(directory) }
}

const NOTHING = { calls: 0, records: 0, contents: 0, bytes: 0, sharing: 0 }
/** Whether a hold keeps some of the records in scopes. */
async function isPartHeld(
  { directory, decrypt }: AdministeredFiles,
  scopes: readonly RecordScope[]
): Promise<boolean> {
  if ((await activeHolds(directory, decrypt)).length === 0) return false
  const ask = { directory, decrypt, scopes, until: Number.MAX_SAFE_INTEGER }
  return (await ErasurePlan.of(ask)).heldBack.held > 0
}

/** A log in files has no write-ahead log. */
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
  #keys = 0
  readonly #redacting: StoredRedacting | undefined

  constructor(
    administered: AdministeredFiles,
    pending: PendingErasure,
    run: ErasureRun & { readonly files: FileSystem }
  ) {
    this.#administered = administered
    this.#pending = pending
    this.#run = run
    this.#redacting = pending.rule && new StoredRedacting(administered, pending.rule, pending.until)
  }

  /** Resolves to what it took out, how many data keys it destroyed, and of how many records a redaction stored another form. */
  async run(): Promise<{
    readonly plan: ErasurePlan
    readonly keys: number
    readonly redacted: number
  }> {
    const { directory, log, decrypt } = this.#administered
    const { scopes, until } = this.#pending
    for await (const sealed of eventsFrom(directory, decrypt, CONTENTS_ERASED, until)) {
      const { records, commitments } = readErasure(sealed)
      for (const index of records) this.#recorded.add(index)
      for (const each of commitments) this.#commitments.add(each)
    }
    for (;;) {
      this.#seen = await log.exclusive(() => log.state.size)
      const found = this.#redacting && { found: this.#redacting.found }
      const ask = { directory, decrypt, scopes, until, recorded: this.#commitments, ...found }
      const plan = await ErasurePlan.of(ask)
      this.#first ??= plan
      // What contents become is stored before they go.
      const isLeft = (await this.#redacting?.keep(plan, this.#run.isStopped)) === false
      if (isLeft || (await this.#takeOut(plan))) {
        const redacted = this.#redacting?.redacted ?? 0
        return { plan: this.#first, keys: this.#keys, redacted }
      }
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
    await log.exclusive(() => {
      this.#endSubject(plan)
      endErasure(this.#run.files, directory, this.#pending)
    })
    return true
  }

  #endSubject({ heldBack }: ErasurePlan): void {
    const { subject } = this.#pending
    const { subjects } = this.#administered.log
    if (!subject) return
    if (heldBack.held > 0) giveBack(subjects, subject)
    else
      this.#keys = destroyKeys(
        subjects,
        subject.keys.map(({ key }) => key)
      )
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
        await log.appendNow([pendingErasure(this.#pending.note, erased)], { isSynced: true })
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
