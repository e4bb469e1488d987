import { refuseUnknown } from '../base/check-options.ts'
import { AuditError, type AuditErrorCode, messageOf } from '../base/error.ts'
import { pendingEvent } from '../record/event-record.ts'
import type { PendingRecord } from '../record/sealed-record.ts'
import { formatCheckpoint } from '../tlog/checkpoint.ts'
import { formatVerifierKey } from '../tlog/key.ts'
import { formatNote } from '../tlog/note.ts'
import type { TreeHead } from '../tlog/proof.ts'
import { signNote } from '../tlog/signer.ts'
import { checkKeptHeads, type KeptCheckpoint, keepHead, readKeptHeads } from './kept-head.ts'
import type { OpenedSigner } from './signer.ts'

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

const SCHEDULE: CheckpointSchedule = { everyRecords: 1_000, everyMs: 5_000, heartbeatMs: 600_000 }

/**
 * How long a record may wait to be stored with others, in milliseconds, for a log that is signed by a
 * schedule: a log that is to be signed soon is to be stored soon.
 */
export function ageFor({ everyMs }: CheckpointSchedule): number {
  return Math.min(10_000, 2 * everyMs)
}

/** Completes a schedule. Throws AuditError `bad_option`. */
export function checkSchedule(given: Partial<CheckpointSchedule> = {}): CheckpointSchedule {
  refuseUnknown('checkpoints', given, Object.keys(SCHEDULE))
  for (const [name, value] of Object.entries(given)) {
    const least = name === 'heartbeatMs' ? 0 : 1
    if (!Number.isSafeInteger(value) || value < least) {
      throw new AuditError('bad_option', `checkpoints.${name} must be a whole number from ${least}`)
    }
  }
  return { ...SCHEDULE, ...given }
}

/** What the checkpointer tells of. */
export interface CheckpointEvents {
  /** A checkpoint was signed and is stored. */
  signed(note: string): void
  /** A checkpoint could not be signed or stored; the next batch tries again. */
  failed(problem: AuditError): void
}

/** What a checkpointer signs, and where the checkpoints go. */
export interface CheckpointStore {
  /** The log's name, the first line of its checkpoints. */
  readonly origin: string
  /** The size and root of what is stored. A store that cannot read at once gets ready what `proof` needs from the kept heads. */
  head(kept?: readonly KeptCheckpoint[]): TreeHead | Promise<TreeHead>
  /** The consistency proof from one size to another. */
  proof(first: number, second: number): Uint8Array[]
  /** Where the newest signed head is kept beside the log (`keptHeadPaths`). */
  headPaths(): string[]
  /** The size of the newest checkpoint, also one that another process made; 0 without any. */
  newestSize(): number
  /** The key that the log was given last, as a verifier key. */
  newestKey(): string | undefined
  /**
   * Stores a signed checkpoint, on the disk with what it signs when it resolves; false when another
   * writer has stored one of this size.
   */
  store(size: number, note: string): boolean | Promise<boolean>
  /** Appends a record of the journal's own. */
  append(one: PendingRecord): void | Promise<void>
}

/** Signs the log's size and root, one checkpoint at a time, never twice for one size. */
export class Checkpointer {
  readonly #store: CheckpointStore
  readonly #schedule: CheckpointSchedule
  readonly #events: CheckpointEvents
  readonly #openSigner: () => OpenedSigner
  #signer: OpenedSigner
  #signedSize: number
  /** What failed last, until something is signed again. */
  #problem: string | undefined
  #hasToldUnread = false
  #timer: NodeJS.Timeout | undefined
  #heart: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(
    store: CheckpointStore,
    openSigner: () => OpenedSigner,
    schedule: CheckpointSchedule,
    events: CheckpointEvents
  ) {
    this.#store = store
    this.#openSigner = openSigner
    this.#signer = openSigner()
    this.#schedule = schedule
    this.#events = events
    this.#signedSize = store.newestSize()
  }

  get signer(): OpenedSigner {
    return this.#signer
  }

  /** To be told after each batch, with the size of the log. */
  appended(size: number): void {
    this.#beat()
    const { everyRecords, everyMs } = this.#schedule
    if (size - this.#signedSize >= everyRecords) void this.sign()
    else this.#timer ??= setTimeout(() => void this.sign(), everyMs)
  }

  /**
   * Signs what is stored now, unless a checkpoint covers it. A log that does not continue the heads that
   * were kept of it is not signed, and told as `history_rewritten`. Never rejects.
   */
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
      // Before the log, which another process may continue meanwhile.
      const kept = readKeptHeads(this.#store.headPaths())
      const { size, root } = await this.#store.head(kept)
      this.#tellUnread(kept)
      checkKeptHeads(kept, this.#store.origin, { size, root }, this.#store.proof)
      this.#signedSize = this.#store.newestSize()
      if (size <= this.#signedSize) return
      this.#takeNewestKey()
      const text = formatCheckpoint({ origin: this.#store.origin, size, root })
      const note = formatNote({ text, signatures: [await signNote(text, this.#signer)] })
      if (await this.#store.store(size, note)) {
        keepHead(this.#store.headPaths(), note)
        this.#events.signed(note)
      }
      this.#signedSize = size
      this.#problem = undefined
    } catch (cause) {
      const code = AuditError.is(cause) ? cause.code : 'bad_key'
      this.#failed(code, `the log could not be signed: ${messageOf(cause)}`, cause)
    }
  }

  /** Tells once of heads that this process may not read: the log is signed without what they know. */
  #tellUnread(kept: readonly KeptCheckpoint[]): void {
    const unread = kept.find(({ checkpoint }) => checkpoint === undefined)
    if (!unread || this.#hasToldUnread) return
    this.#hasToldUnread = true
    const message = `the head kept at ${unread.path} may not be read by this process, so the log is signed without it; give the file to the user who runs the application, or turn the place off (stateFolder: false)`
    this.#events.failed(new AuditError('anchor_failed', message))
  }

  /** Tells of the first failure of an episode, and of one for another reason. */
  #failed(code: AuditErrorCode, message: string, cause: unknown): void {
    if (this.#problem === message) return
    this.#problem = message
    this.#events.failed(new AuditError(code, message, { cause }))
  }

  /** Another process may have changed the log's key. */
  #takeNewestKey(): void {
    const known = this.#store.newestKey()
    if (known === formatVerifierKey(this.#signer.key)) return
    this.#signer = this.#openSigner()
    if (known === formatVerifierKey(this.#signer.key)) return
    throw new AuditError('bad_key', 'the log has another key now; open it again with that key')
  }

  #beat(): void {
    const { heartbeatMs } = this.#schedule
    if (heartbeatMs === 0) return
    if (this.#heart) {
      this.#heart.refresh()
      return
    }
    this.#heart = setInterval(() => void this.#recordHeartbeat(), heartbeatMs)
  }

  async #recordHeartbeat(): Promise<void> {
    try {
      await this.#store.append(pendingEvent('log.heartbeat', {}))
      await this.sign()
    } catch (cause) {
      this.#failed('journal_failed', `no heartbeat could be recorded: ${messageOf(cause)}`, cause)
    }
  }
}
