import { AuditError, eventDraft, messageOf } from '@slm-audit/core'
import {
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  type Signer,
  signNote
} from '@slm-audit/core/tlog'
import type { Database } from 'better-sqlite3'
import { newestKey } from './key-source.ts'
import { rowOf, type Writer } from './writer.ts'

/** When a log signs what it has. */
export interface CheckpointSchedule {
  /** After so many records; 1,000 unless given. */
  readonly everyRecords: number
  /** So long after the first record that is not signed yet, in milliseconds; 5,000 unless given. */
  readonly everyMs: number
  /**
   * After so long without a record a heartbeat is recorded and signed, so that a silent log can be
   * told from one whose end was cut off; in milliseconds, ten minutes unless given, 0 for never.
   */
  readonly heartbeatMs: number
}

/** What the checkpointer tells of. */
export interface CheckpointEvents {
  signed(note: string): void
  failed(problem: AuditError): void
}

/** Signs the log's size and root, one checkpoint at a time, never twice for one size. */
export class Checkpointer {
  readonly #database: Database
  readonly #writer: Writer
  readonly #origin: string
  readonly #schedule: CheckpointSchedule
  readonly #events: CheckpointEvents
  readonly #openSigner: () => Signer
  #signer: Signer
  #signedSize: number
  #timer: NodeJS.Timeout | undefined
  #heart: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(
    database: Database,
    writer: Writer,
    origin: string,
    openSigner: () => Signer,
    schedule: CheckpointSchedule,
    events: CheckpointEvents
  ) {
    this.#database = database
    this.#writer = writer
    this.#origin = origin
    this.#openSigner = openSigner
    this.#signer = openSigner()
    this.#schedule = schedule
    this.#events = events
    this.#signedSize = this.#newestSize()
  }

  get signer(): Signer {
    return this.#signer
  }

  /** To be told after each batch. */
  appended(): void {
    this.#beat()
    const { everyRecords, everyMs } = this.#schedule
    if (this.#writer.size() - this.#signedSize >= everyRecords) void this.sign()
    else this.#timer ??= setTimeout(() => void this.sign(), everyMs)
  }

  /** Signs what is stored now, unless a checkpoint covers it. Never rejects. */
  sign(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running = this.#running.then(() => this.#sign())
    return this.#running
  }

  stop(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#heart)
  }

  async #sign(): Promise<void> {
    try {
      const { size, root } = this.#writer.head()
      this.#signedSize = this.#newestSize()
      if (size <= this.#signedSize) return
      this.#takeNewestKey()
      const text = formatCheckpoint({ origin: this.#origin, size, root })
      const note = formatNote({ text, signatures: [await signNote(text, this.#signer)] })
      if (storeCheckpoint(this.#database, size, note)) this.#events.signed(note)
      this.#signedSize = size
    } catch (cause) {
      const message = `the log could not be signed: ${messageOf(cause)}`
      const code = AuditError.is(cause) ? cause.code : 'bad_key'
      this.#events.failed(new AuditError(code, message, { cause }))
    }
  }

  /** Another process may have changed the log's key. */
  #takeNewestKey(): void {
    const known = newestKey(this.#database)
    if (known === formatVerifierKey(this.#signer.key)) return
    this.#signer = this.#openSigner()
    if (known === formatVerifierKey(this.#signer.key)) return
    throw new AuditError('bad_key', 'the log has another key now; open it again with that key')
  }

  #newestSize(): number {
    const newest = this.#database.prepare('SELECT max(size) FROM checkpoints').pluck().get()
    return Number(newest ?? 0)
  }

  #beat(): void {
    const { heartbeatMs } = this.#schedule
    if (heartbeatMs === 0) return
    if (this.#heart) {
      this.#heart.refresh()
      return
    }
    this.#heart = setInterval(() => {
      try {
        this.#writer.append([rowOf(eventDraft('log.heartbeat', {}))])
        void this.sign()
      } catch (cause) {
        const message = `no heartbeat could be recorded: ${messageOf(cause)}`
        this.#events.failed(new AuditError('journal_failed', message, { cause }))
      }
    }, heartbeatMs)
  }
}

/** Stores a signed checkpoint; false when another writer has stored one of this size. */
export function storeCheckpoint(database: Database, size: number, note: string): boolean {
  const stored = database
    .prepare(
      `INSERT INTO checkpoints SELECT ?, ?, ?
        WHERE NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = CAST(? AS INTEGER))`
    )
    .run(size, Date.now(), note, size)
  return stored.changes > 0
}
