import * as nodeFiles from 'node:fs'
import { AuditError, messageOf, type ScheduledRetention } from '@slm-audit/core/journal'
import {
  ageFor,
  answerCursors,
  Checkpointer,
  type CheckpointStore,
  type EngineRequest,
  type Evidence,
  explainUnsigned,
  type JournalEngine,
  type JournalHost,
  openKey
} from '@slm-audit/core/node'
import { DestroyedKeys, openProtecting, SealedAppends } from '@slm-audit/core/subjects'
import { decrypterFor, encrypterFor } from '../format/age.ts'
import { addCosignatures } from '../format/checkpoint-file.ts'
import { abandonCallsOfDeadWriters } from './abandon.ts'
import { ExporterCursors } from './exporter-cursors.ts'
import { clearDeadWriters, type FileLock, hasWriterLocks, lockWriter } from './file-lock.ts'
import { LogFiles } from './log-files.ts'
import { LogSubjects, protectedFiles, tellFiles } from './log-subjects.ts'
import { explainLost } from './lost-end.ts'
import { removePacked } from './pack-ended.ts'
import { Packing } from './packing.ts'
import { type FileRow, fileRow } from './sealing.ts'
import { settleKey } from './settle-key.ts'
import { admitKey, checkpointStore, isSigned, recordLost, recordUnsigned } from './sign-log.ts'
import { openSpoolKey } from './spool-key.ts'
import { SpoolPlaces } from './spool-places.ts'
import type { Signing, WorkerSettings } from './worker-settings.ts'

/** What goes on in a log beside its appends. */
export interface Upkeep {
  /**
   * Finishes what somebody who looks after the log has begun and was killed at; asks between two files whether the log
   * closes, and leaves the rest then.
   */
  finish(log: LogFiles, isClosing: () => boolean): Promise<void>
  /** Runs retention: what a kill has cut short, and on a schedule where one is asked for. */
  retain(log: LogFiles, journal: RetainedJournal): ScheduledRetention
}

/** The journal as what goes on beside it sees it. */
export interface RetainedJournal {
  /** Whether the log closes. */
  isClosing(): boolean
  /** Hears that records were added. */
  appended(): void
  /** Hears that a run is over: data keys may have been destroyed. */
  ended(): void
  /** Hears what failed. */
  failed(problem: AuditError): void
}

/** Seals, appends and signs. */
export class FileJournalEngine implements JournalEngine {
  readonly evidence: Evidence
  readonly #log: LogFiles
  readonly #directory: string
  readonly #checkpointer: Checkpointer
  readonly #checkpointStore: CheckpointStore
  readonly #packing: Packing
  readonly #cursors: ExporterCursors
  readonly #appends: SealedAppends<FileRow>
  readonly #destroyedKeys: DestroyedKeys
  readonly #writer: string
  #lock: Promise<FileLock> | undefined
  #isClosing = false
  #finishing: Promise<void> = Promise.resolve()
  #retention: ScheduledRetention | undefined

  private constructor(
    log: LogFiles,
    lock: FileLock,
    settings: WorkerSettings,
    signing: Signing,
    host: JournalHost
  ) {
    const { directory, durability } = settings
    this.evidence = this.#newEvidence(settings, ageFor(signing.schedule))
    this.#log = log
    this.#lock = Promise.resolve(lock)
    this.#writer = signing.writer
    this.#directory = directory
    this.#packing = new Packing(log, settings, host)
    this.#cursors = new ExporterCursors(directory, nodeFiles, durability === 'disk')
    const subjects = new LogSubjects(log)
    const protecting = protectedFiles(directory, log, subjects)
    const how = openProtecting(protecting, settings.contents, host)
    this.#appends = new SealedAppends(how, async (rows, _, keys) => {
      subjects.remember(rows)
      await log.append(rows, keys)
    })
    const failed = (problem: AuditError) => host.failed(problem)
    this.#destroyedKeys = new DestroyedKeys(() => tellFiles(directory, log), failed)
    const { key, schedule, stateFolder } = signing
    const openSigner = () => openKey(key, log.origin, (message) => host.sign(message))
    const keyFile = key.kind === 'file' ? key.path : undefined
    this.#checkpointStore = checkpointStore(log, directory, { keyFile, stateFolder })
    this.#checkpointer = new Checkpointer(this.#checkpointStore, openSigner, schedule, host)
  }

  /** Opens the log, and ends the calls that dead writers left open. */
  static async open(
    settings: WorkerSettings,
    signing: Signing,
    host: JournalHost,
    upkeep: Upkeep
  ): Promise<JournalEngine> {
    const { directory, recipients } = settings
    const { writer } = signing
    const encrypt = await encrypterFor(recipients)
    const log = new LogFiles({ ...settings, encrypt, writer })
    let lock: FileLock | undefined
    try {
      // Under the log's lock nobody takes a lock that is being made for one of the dead.
      const hasWriters = hasWriterLocks(directory)
      lock = await log.exclusive(() => lockWriter(directory, writer))
      const { key } = signing
      if (key.kind === 'file') await log.exclusive(() => settleKey(log, directory, key.path))
      const engine = new FileJournalEngine(log, lock, settings, signing, host)
      await engine.#recordUnsigned(hasWriters, host)
      await admitKey(log, engine.#checkpointer.signer)
      removePacked(directory)
      await engine.#tellDamage(host)
      engine.#appended()
      engine.#keepUp(upkeep, host)
      return engine
    } catch (error) {
      log.close()
      lock?.close(true)
      throw error
    }
  }

  get origin(): string {
    return this.#log.origin
  }

  /** What a kill has cut short, and retention, go on beside the appends. */
  #keepUp(upkeep: Upkeep, host: JournalHost): void {
    const isClosing = () => this.#isClosing
    const [appended, failed] = [() => this.#appended(), (each: AuditError) => host.failed(each)]
    const ended = () => this.#destroyedKeys.tell()
    this.#retention = upkeep.retain(this.#log, { isClosing, appended, ended, failed })
    const finished = upkeep.finish(this.#log, isClosing)
    this.#finishing = finished.then(
      () => {
        this.#appended()
        this.#destroyedKeys.tell()
      },
      (cause) => {
        const message = `an erasure of ${this.#directory} was cut short and could not be finished (${messageOf(cause)}); erase again`
        host.failed(new AuditError('journal_failed', message, { cause }))
      }
    )
  }

  answer(request: EngineRequest): unknown {
    switch (request.kind) {
      case 'append':
        return this.#append(request.data as readonly FileRow[])
      case 'checkpoint':
        return this.#checkpointer.sign()
      case 'size':
        return this.#log.exclusive(() => this.#log.state.size)
      case 'consistency':
        return this.#log.exclusive(() => this.#checkpointStore.proof(request.first, request.second))
      case 'cosigned':
        return this.#log.exclusive(() =>
          addCosignatures(nodeFiles, this.#directory, request.size, request.lines)
        )
      case 'exporters':
        return answerCursors(this.#cursors, request.question)
      case 'leave':
        return this.#leave()
      case 'close':
        return this.#close()
    }
  }

  async #leave(): Promise<void> {
    const lock = this.#lock
    this.#lock = undefined
    const held = await lock
    // Where nobody has signed its records the lock stays, as that of a process that died.
    held?.close(isSigned(this.#log, this.#directory))
  }

  async #append(rows: readonly FileRow[]): Promise<void> {
    this.#lock ??= this.#log.exclusive(() => lockWriter(this.#directory, this.#writer))
    await this.#lock
    await this.#appends.append(rows, undefined)
    this.#appended()
  }

  #newEvidence(settings: WorkerSettings, ageMs: number): Evidence {
    const { directory, identities, recipients, spools = '' } = settings
    const places = new SpoolPlaces(spools)
    return {
      ageMs,
      store: async (records, place) => {
        if (records.length > 0) await this.#append(records.map(fileRow))
        if (place) places.store(place)
      },
      placeOf: (spool) => places.read(spool),
      openSpoolKey: (wrapped) => openSpoolKey(wrapped, identities, recipients),
      abandonOpenCalls: async () => {
        await abandonCallsOfDeadWriters(this.#log, directory, await decrypterFor(identities))
        await this.#log.exclusive(() => clearDeadWriters(directory))
        this.#appended()
      }
    }
  }

  #appended(): void {
    this.#checkpointer.appended(this.#log.state.size)
    this.#packing.soon(() => this.#checkpointer.sign())
  }

  async #close(): Promise<void> {
    this.#isClosing = true
    this.#destroyedKeys.stop()
    await this.#retention?.stop()
    await this.#finishing
    this.#checkpointer.stop()
    this.#cursors.close()
    await this.#packing.finish()
    this.#log.close()
    await this.#leave()
  }

  /** Says once what was wrong, and in the log how many records were lost. */
  async #tellDamage(host: JournalHost): Promise<void> {
    const { damage, lost } = this.#log
    await recordLost(this.#log)
    const all = [...damage, ...(lost ? [explainLost(lost)] : [])]
    if (all.length === 0) return
    const message = `${this.#directory}: ${all.join('; ')}; logging goes on, check the log with slm-audit verify`
    host.failed(new AuditError('journal_damaged', message))
  }

  async #recordUnsigned(hasWriters: boolean, host: JournalHost): Promise<void> {
    const store = this.#checkpointStore
    const signer = () => this.#checkpointer.signer
    const end = await recordUnsigned(this.#log, this.#directory, { hasWriters, signer, store })
    if (end) host.failed(new AuditError('history_rewritten', explainUnsigned(this.#directory, end)))
  }
}
