import { workerData } from 'node:worker_threads'
import {
  AuditError,
  pendingEvent,
  pendingReadsAudited,
  type RecordFlaw
} from '@slm-audit/core/journal'
import {
  ageFor,
  answerCursors,
  Checkpointer,
  type CheckpointSchedule,
  type CheckpointStore,
  type Durability,
  type EngineRequest,
  type Evidence,
  explainUnsigned,
  type JournalEngine,
  type JournalHost,
  nodeSha256,
  openLogSigner,
  type ServedSettings,
  type StoredPlace,
  serveJournal,
  userName,
  type WorkerKey
} from '@slm-audit/core/node'
import { type BatchKeys, DestroyedKeys, SealedAppends } from '@slm-audit/core/subjects'
import { consistencyProof, hashReader } from '@slm-audit/core/tlog'
import type { Database } from './driver/database.ts'
import { openSpoolKey } from './encryption/spool-key.ts'
import { finishErasure } from './erase/erase-stored.ts'
import { finishRedaction } from './erase/redact-stored.ts'
import { BackgroundIndex } from './index/background-index.ts'
import { IndexFile } from './index/index-file.ts'
import { admitKey } from './keys/admit-key.ts'
import { checkpointStore } from './keys/checkpoint-store.ts'
import { isSigned, recordUnsigned } from './keys/unsigned-tail.ts'
import { BackgroundRetention } from './retain/background-retention.ts'
import { BackgroundCompaction } from './store/cold/background-compaction.ts'
import { readWithKeys } from './store/contents/content-keys.ts'
import { type ContentsInThread, openSubjectKeys } from './store/contents/open-subject-keys.ts'
import { tellUsed } from './store/contents/tell-destroyed.ts'
import { CursorStore } from './store/cursor-store.ts'
import { holdDatabase } from './store/held-file.ts'
import { NewestKey } from './store/key-records.ts'
import { areReadsAudited } from './store/log-facts.ts'
import { dropOldIndex } from './store/migrations/old-index.ts'
import { openForWriting, unlessHeld } from './store/open-database.ts'
import { removeOrphans } from './store/orphans.ts'
import { newestOwnCheckpoint } from './store/own-checkpoint.ts'
import { abandonCallsOfDeadWriters, checkTail } from './store/recover.ts'
import { type Packed, unpackRows } from './store/row-codec.ts'
import { isOriginWrong, noteOrigin, originOf } from './store/schema.ts'
import { sealedPage } from './store/sealed-rows.ts'
import { SpoolPlaces, spoolsOf } from './store/spool-places.ts'
import { tileReader } from './store/tree.ts'
import { type Row, rowOf, Writer } from './store/writer.ts'
import { lockedWriters, takeWriterLock, type WriterLock } from './store/writer-lock.ts'

/** What the worker is started with. */
export interface WorkerSettings extends ServedSettings {
  readonly file: string
  /** Names the journal among the writers of the file, also where its worker is started again. */
  readonly writerId: string
  readonly durability: Durability
  readonly origin: string
  readonly key: WorkerKey
  readonly schedule: CheckpointSchedule
  readonly stateFolder: boolean
  /** Whether the log records who reads it from now on; it goes on doing so otherwise. */
  readonly readAudit: boolean
  /** How contents are encrypted; they are plain unless given. */
  readonly contents?: ContentsInThread
  /** Milliseconds between two runs of retention; none unless given. */
  readonly retentionMs?: number
  /** How old records are that are compressed, in milliseconds; none are unless given. */
  readonly coldMs?: number
}

class JournalWorker implements JournalEngine {
  readonly evidence: Evidence
  readonly #database: Database
  readonly #writer: Writer
  readonly #newestKey: NewestKey
  readonly #takeLock: () => WriterLock
  readonly #checkFile: () => void
  readonly #appends: SealedAppends<Row>
  readonly #index: BackgroundIndex
  readonly #checkpointer: Checkpointer
  readonly #cursors: CursorStore
  /** What looks after the log beside its writing. */
  readonly #upkeep: readonly { stop(): unknown }[]
  readonly #host: JournalHost
  #lock: WriterLock | undefined
  /** Records that were found behind the end of the log, of which it does not say so yet. */
  #setAside = 0

  constructor(settings: WorkerSettings, host: JournalHost) {
    const { file, writerId, durability, origin, key, schedule } = settings
    this.#host = host
    this.#database = openForWriting(file, durability, origin)
    const hasWriters = lockedWriters(file).length > 0
    // Alone, so that nobody takes a lock that is being made for one of the dead.
    this.#takeLock = this.#database.transaction(() => takeWriterLock(file, writerId)).immediate
    this.#lock = this.#takeLock()
    this.#checkFile = holdDatabase(file)
    this.#checkNotes()
    this.#writer = new Writer(this.#database, writerId)
    this.#newestKey = new NewestKey(this.#database)
    try {
      const keys = openSubjectKeys(this.#database, file, settings.contents, host)
      this.#appends = new SealedAppends(keys, (...batch) => this.#append(...batch))
      this.#removeOrphans()
      this.#tellFlaw(checkTail(this.#database, file, this.#writer))
      const keyFile = key.kind === 'file' ? key.path : undefined
      const places = { keyFile, stateFolder: settings.stateFolder }
      const store = checkpointStore(this.#database, this.#writer, this.#newestKey, places)
      const openSigner = () => openLogSigner(key, this.origin, this.#newestKey.get(), host.sign)
      this.#checkpointer = new Checkpointer(store, openSigner, schedule, host)
      const { signer } = this.#checkpointer
      this.#recordUnsigned(hasWriters, store)
      admitKey(this.#database, this.#writer, this.#newestKey, signer, this.origin)
      if (settings.readAudit) this.#auditReads()
      // What a kill has cut short.
      finishErasure(this.#database, file, this.#writer)
      finishRedaction(this.#database, file, spoolsOf(file), this.#writer)
    } catch (error) {
      const wasSigned = isSigned(this.#database, this.#writer)
      this.#database.close()
      this.#leave(wasSigned)
      throw error
    }
    this.evidence = this.#newEvidence(file, writerId, ageFor(schedule))
    this.#cursors = new CursorStore(this.#database, file)
    const index = new IndexFile(this.#database, file, 0)
    const tidy = () => dropOldIndex(this.#database)
    this.#index = new BackgroundIndex(index, (problem) => host.failed(problem), tidy)
    this.#index.soon(this.#writer.size())
    this.#checkpointer.appended(this.#writer.size())
    const { newest, foreign } = newestOwnCheckpoint(this.#database)
    this.#tellForeign(foreign)
    const appended = () => this.#appended(this.#writer.size())
    const failed = (problem: AuditError) => host.failed(problem)
    const destroyed = new DestroyedKeys(() => tellUsed(this.#database, file), failed)
    destroyed.tell()
    const ended = () => destroyed.tell()
    const aging = { database: this.#database, file, writer: this.#writer, appended, ended, failed }
    const retention = new BackgroundRetention(aging, settings.retentionMs)
    const compaction = new BackgroundCompaction(this.#database, settings.coldMs, failed)
    this.#upkeep = [retention, compaction, destroyed]
    // The process before may have ended before its anchors had it.
    if (newest) host.signed(newest.signed)
  }

  get origin(): string {
    return originOf(this.#database)
  }

  answer(request: EngineRequest): unknown {
    switch (request.kind) {
      case 'append':
        return this.#appends.append(unpackRows(request.data as Packed), undefined)
      case 'checkpoint':
        return this.#checkpointer.sign()
      case 'size':
        return this.#writer.size()
      case 'read':
        return readWithKeys(this.#database, () => sealedPage(this.#database, request.from))
      case 'exporters':
        return answerCursors(this.#cursors, request.question)
      case 'consistency': {
        const read = hashReader(tileReader(this.#database), nodeSha256)
        return consistencyProof(request.first, request.second, read, nodeSha256)
      }
      case 'cosigned':
        return this.#keepCosignatures(request.size, request.lines)
      case 'leave':
        return this.#leave()
      case 'close':
        return this.#close()
    }
  }

  #append(rows: readonly Row[], place?: StoredPlace, keys?: BatchKeys): void {
    this.#checkFile()
    this.#lock ??= this.#takeLock()
    const found = this.#setAside
    const before = found > 0 ? [rowOf(pendingEvent('log.recovered', { records: found }))] : []
    try {
      this.#writer.append([...before, ...rows], place, keys)
      this.#setAside -= found
    } catch (error) {
      const { code } = error as { readonly code?: unknown }
      // The batch is sent again, and then has room.
      const isInTheWay = String(code).startsWith('SQLITE_CONSTRAINT') || code === 'journal_damaged'
      if (isInTheWay) this.#removeOrphans()
      throw error
    }
    // What went into a file that nobody finds is not stored.
    this.#checkFile()
    if (rows.length > 0) this.#appended(this.#writer.size())
  }

  #newEvidence(file: string, writerId: string, ageMs: number): Evidence {
    const places = new SpoolPlaces(this.#database)
    return {
      ageMs,
      store: (records, place) =>
        this.#appends.append(
          records.map((record) => rowOf(record, record.retried)),
          place
        ),
      placeOf: (spool) => places.read(spool),
      openSpoolKey: async (wrapped) => openSpoolKey(file, wrapped),
      abandonOpenCalls: () => {
        const count = abandonCallsOfDeadWriters(this.#database, file, this.#writer, writerId)
        if (count > 0) this.#appended(this.#writer.size())
      }
    }
  }

  #appended(size: number): void {
    this.#checkpointer.appended(size)
    this.#index.soon(size)
  }

  #removeOrphans(): void {
    const { records, rows } = removeOrphans(this.#database)
    if (records + rows === 0) return
    this.#setAside += records
    const message = `${records + rows} rows lay behind the end of ${this.#database.name} that slm-audit did not write, and were taken out (${records} records into the table strays); look who can write the file`
    this.#host.failed(new AuditError('journal_damaged', message))
  }

  #auditReads(): void {
    if (areReadsAudited(this.#database)) return
    this.#writer.append([rowOf(pendingReadsAudited(userName()))])
  }

  /** Puts right what is noted of the log beside its records. */
  #checkNotes(): void {
    if (!isOriginWrong(this.#database)) return
    noteOrigin(this.#database)
    const message = `${this.#database.name} noted another name of the log than its records have, ${this.origin}, and has been put right; look who can write the file`
    this.#host.failed(new AuditError('journal_damaged', message))
  }

  #tellFlaw(flaw: RecordFlaw | undefined): void {
    if (!flaw) return
    const message = `record ${flaw.index} at the end of ${this.#database.name} is not as it was written, ${flaw.kind}: ${flaw.detail}; the log goes on behind it, and slm-audit verify finds it`
    this.#host.failed(new AuditError('journal_damaged', message))
  }

  #tellForeign(sizes: readonly number[]): void {
    if (sizes.length === 0) return
    const them = sizes.length === 1 ? 'a checkpoint' : `${sizes.length} checkpoints`
    const message = `${them} in ${this.#database.name}, the newest for ${sizes[0]} records, no key of the log has signed: somebody else wrote that, and nothing is made of it; slm-audit verify says more, and look who can write the file`
    this.#host.failed(new AuditError('journal_damaged', message))
  }

  #recordUnsigned(hasWriters: boolean, store: CheckpointStore): void {
    const { signer } = this.#checkpointer
    const signerNow = () => this.#checkpointer.signer
    const opening = { hasWriters, signer, signerNow, store }
    const end = recordUnsigned(this.#database, this.#writer, opening)
    if (!end) return
    const message = explainUnsigned(this.#database.name, end)
    this.#host.failed(new AuditError('history_rewritten', message))
  }

  #leave(wasSigned = isSigned(this.#database, this.#writer)): void {
    this.#lock?.release(wasSigned)
    this.#lock = undefined
  }

  #close(): void {
    for (const each of this.#upkeep) each.stop()
    this.#checkpointer.stop()
    this.#cursors.close()
    this.#index.stop()
    // Somebody who reads holds it back, and closing does not wait for them.
    this.#database.pragma('busy_timeout = 0')
    const wasSigned = isSigned(this.#database, this.#writer)
    this.#database.pragma('wal_checkpoint(TRUNCATE)')
    this.#database.close()
    this.#leave(wasSigned)
  }

  #keepCosignatures(size: number, lines: readonly string[]): void {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO cosignatures VALUES (?, ?)')
    for (const line of lines) insert.run(size, line)
  }
}

const settings = workerData as WorkerSettings
void serveJournal(settings, (host) =>
  unlessHeld(settings.file, () => new JournalWorker(settings, host))
)
