import * as nodeFiles from 'node:fs'
import {
  AuditError,
  KEY_ADDED,
  type PendingRecord,
  pendingEvent,
  pendingUnsigned
} from '@slm-audit/core/journal'
import {
  ageFor,
  answerCursors,
  Checkpointer,
  type CheckpointStore,
  continuesHeads,
  type EngineRequest,
  type Evidence,
  endMark,
  explainUnsigned,
  isKeyToRecord,
  type JournalEngine,
  type JournalHost,
  keptHeadPaths,
  nodeSha256,
  openKey,
  readKeptHeads,
  unsignedEnd
} from '@slm-audit/core/node'
import { consistencyProof, formatVerifierKey, hashReader } from '@slm-audit/core/tlog'
import { decrypterFor, encrypterFor } from '../format/age.ts'
import { addCheckpoint, addCosignatures, newestCheckpoint } from '../format/checkpoint-file.ts'
import { abandonCallsOfDeadWriters } from './abandon.ts'
import type { MarkHead } from './end-marks.ts'
import { ExporterCursors } from './exporter-cursors.ts'
import { clearDeadWriters, type FileLock, hasWriterLocks, lockWriter } from './file-lock.ts'
import { LogFiles } from './log-files.ts'
import { explainLost } from './lost-end.ts'
import { removePacked } from './pack-ended.ts'
import { Packing } from './packing.ts'
import { openSpoolKey } from './spool-key.ts'
import { SpoolPlaces } from './spool-places.ts'
import type { Signing, WorkerSettings } from './worker-settings.ts'

/** Seals, appends and signs. */
export class FileJournalEngine implements JournalEngine {
  readonly evidence: Evidence
  readonly #log: LogFiles
  readonly #directory: string
  readonly #checkpointer: Checkpointer
  readonly #checkpointStore: CheckpointStore
  readonly #packing: Packing
  readonly #cursors: ExporterCursors
  readonly #writer: string
  #lock: Promise<FileLock> | undefined

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
    const openSigner = () => openKey(signing.key, log.origin, (message) => host.sign(message))
    this.#checkpointStore = this.#store(signing)
    const { schedule } = signing
    this.#checkpointer = new Checkpointer(this.#checkpointStore, openSigner, schedule, host)
  }

  /** Opens the log, and ends the calls that dead writers left open. */
  static async open(
    settings: WorkerSettings,
    signing: Signing,
    host: JournalHost
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
      const engine = new FileJournalEngine(log, lock, settings, signing, host)
      await engine.#recordUnsigned(hasWriters, host)
      await engine.#admitKey()
      removePacked(directory)
      await engine.#tellDamage(host)
      engine.#appended()
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

  answer(request: EngineRequest): unknown {
    switch (request.kind) {
      case 'append':
        return this.#append(request.data as readonly PendingRecord[])
      case 'checkpoint':
        return this.#checkpointer.sign()
      case 'size':
        return this.#log.exclusive(() => this.#log.state.size)
      case 'consistency':
        return this.#log.exclusive(() => this.#proof(request.first, request.second))
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
    held?.close(this.#isSigned())
  }

  async #append(pending: readonly PendingRecord[]): Promise<void> {
    this.#lock ??= this.#log.exclusive(() => lockWriter(this.#directory, this.#writer))
    await this.#lock
    await this.#log.append(pending)
    this.#appended()
  }

  #newEvidence(settings: WorkerSettings, ageMs: number): Evidence {
    const { directory, identities, recipients, spools = '' } = settings
    const places = new SpoolPlaces(spools)
    return {
      ageMs,
      store: async (records, place) => {
        if (records.length > 0) await this.#append(records)
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
    this.#checkpointer.stop()
    this.#cursors.close()
    await this.#packing.finish()
    this.#log.close()
    await this.#leave()
  }

  #proof(first: number, second: number): Uint8Array[] {
    this.#log.state.saveTiles()
    const read = hashReader(this.#log.state.tiles.read, nodeSha256)
    return consistencyProof(first, second, read, nodeSha256)
  }

  #isSigned(): boolean {
    return this.#log.state.size <= (newestCheckpoint(this.#directory)?.size ?? 0)
  }

  /** Says once what was wrong, and in the log how many records were lost. */
  async #tellDamage(host: JournalHost): Promise<void> {
    const { damage, lost } = this.#log
    if (lost && lost.had > lost.from) {
      await this.#log.append([pendingEvent('gap', { records: lost.had - lost.from })])
    }
    const all = [...damage, ...(lost ? [explainLost(lost)] : [])]
    if (all.length === 0) return
    const message = `${this.#directory}: ${all.join('; ')}; logging goes on, check the log with slm-audit verify`
    host.failed(new AuditError('journal_damaged', message))
  }

  #recordUnsigned(hasWriters: boolean, host: JournalHost): Promise<void> {
    return this.#log.exclusive(async () => {
      const { size } = this.#log.state
      const signed = newestCheckpoint(this.#directory)?.size ?? 0
      const { headPaths: pathsOf, proof, origin, newestKey } = this.#checkpointStore
      const key = formatVerifierKey(this.#checkpointer.signer.key)
      // A log that has another key is not signed with this one, which opening it says.
      if ((newestKey() ?? key) !== key) return
      const headPaths = pathsOf()
      const head = this.#log.state.head()
      if (!continuesHeads(readKeptHeads(headPaths), origin, head, proof)) return
      const { signer } = this.#checkpointer
      const markHead: MarkHead = (marked) => endMark(signer, origin, marked)
      const isMarked = signer.signNow && this.#log.isEndMarked(markHead)
      const end = unsignedEnd({ size, signed, isMarked, hasWriters, headPaths })
      this.#log.markEnds((marked) => endMark(this.#checkpointer.signer, origin, marked))
      if (!end) return
      await this.#log.appendNow([pendingUnsigned(end)])
      host.failed(new AuditError('history_rewritten', explainUnsigned(this.#directory, end)))
    })
  }

  #admitKey(): Promise<void> {
    const { key, custody = 'signer' } = this.#checkpointer.signer
    return this.#log.exclusive(async () => {
      if (!isKeyToRecord(this.#log.state.key, key, this.origin)) return
      await this.#log.appendNow([pendingEvent(KEY_ADDED, { key: formatVerifierKey(key), custody })])
    })
  }

  #store({ key, stateFolder }: Signing): CheckpointStore {
    const { origin } = this
    const keyFile = key.kind === 'file' ? key.path : undefined
    const newestSize = () => newestCheckpoint(this.#directory)?.size ?? 0
    return {
      origin,
      head: () =>
        this.#log.exclusive(() => {
          this.#log.checkSigned()
          return this.#log.state.head()
        }),
      proof: (first, second) => this.#proof(first, second),
      headPaths: () =>
        keptHeadPaths({
          log: this.#directory,
          origin,
          key: this.#log.state.key,
          keyFile,
          stateFolder
        }),
      newestSize,
      newestKey: () => this.#log.state.key,
      store: (size, note) =>
        this.#log.exclusive(() => {
          if (newestSize() >= size) return false
          addCheckpoint(nodeFiles, this.#directory, { size, note })
          return true
        }),
      append: (one) => this.#log.append([one])
    }
  }
}
