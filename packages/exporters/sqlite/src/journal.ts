import { createHash, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import {
  type Anchor,
  Anchoring,
  AuditError,
  type AuditErrorCode,
  type Draft,
  type Journal,
  messageOf,
  refuseUnknown,
  type SealedRecord
} from '@slm-audit/core'
import { checkKeyName, parseCheckpoint, type Signer } from '@slm-audit/core/tlog'
import type { CheckpointSchedule } from './checkpointer.ts'
import { type KeySource, workerKey } from './key-source.ts'
import { type Durability, openForReading } from './open-database.ts'
import { packRows } from './row-codec.ts'
import { readSealed } from './sealed-rows.ts'
import type { WorkerMessage, WorkerRequest, WorkerSettings, WorkerValue } from './worker.ts'

/** Options of `sqliteJournal`. */
export interface SqliteJournalOptions {
  /** The database; made, with its directories, where it is missing. */
  readonly file: string
  /**
   * What a stored record survives. `memory`: the end of the process, as the operating system
   * pleases. `process` (the default) and `record`: any end of the process; they differ in who
   * waits (see `createAuditLog`). `disk`: the loss of power.
   */
  readonly durability?: Durability
  /**
   * Name of a log that is made new, and of its key: no spaces, no plus sign. The name of the key
   * that is given, or `slm-audit/` and a random word, unless given.
   */
  readonly origin?: string
  /** What signs the log; a file beside the database (`<file>.key`) unless given. */
  readonly key?: KeySource
  /** When it signs. */
  readonly checkpoints?: Partial<CheckpointSchedule>
  /** Where signed checkpoints are kept out of reach of whoever can write the database. */
  readonly anchors?: readonly Anchor[]
}

const SCHEDULE: CheckpointSchedule = { everyRecords: 1_000, everyMs: 5_000, heartbeatMs: 600_000 }
const OPTIONS = ['file', 'durability', 'origin', 'key', 'checkpoints', 'anchors']

const LEVELS: readonly unknown[] = ['memory', 'process', 'record', 'disk']

/**
 * Opens a journal in a SQLite database that a worker thread owns: the caller's thread only posts
 * batches. Several journals, also in several processes, may append to one file. Opening writes
 * `abandoned` for the calls that dead processes left open.
 *
 * Rejects with AuditError: `bad_option`, `journal_unavailable`, `journal_newer`, `journal_damaged`.
 */
export async function sqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  refuseUnknown('sqliteJournal', options, OPTIONS)
  const { durability = 'process', anchors = [] } = options
  if (typeof options.file !== 'string' || options.file === '') {
    throw new AuditError('bad_option', 'file must be the path of a database')
  }
  if (!LEVELS.includes(durability)) {
    throw new AuditError('bad_option', `durability must be one of ${LEVELS.join(', ')}`)
  }
  const file = resolve(options.file)
  const key = options.key ?? { file: `${file}.key` }
  const origin = options.origin ?? ('key' in key ? key.key.name : newOrigin())
  checkKeyName(origin)
  const schedule = scheduleOf(options.checkpoints)
  const settings = { file, durability, origin, key: workerKey(key), schedule }
  const journal = new SqliteJournal(settings, 'key' in key ? key : undefined, anchors)
  await journal.start()
  return journal
}

function scheduleOf(given: Partial<CheckpointSchedule> = {}): CheckpointSchedule {
  refuseUnknown('checkpoints', given, Object.keys(SCHEDULE))
  for (const [name, value] of Object.entries(given)) {
    const least = name === 'heartbeatMs' ? 0 : 1
    if (!Number.isSafeInteger(value) || value < least) {
      throw new AuditError('bad_option', `checkpoints.${name} must be a whole number from ${least}`)
    }
  }
  return { ...SCHEDULE, ...given }
}

interface Waiting {
  readonly resolve: (value: WorkerValue | undefined) => void
  readonly reject: (error: AuditError) => void
}

/** A request without the id that it is given when it is sent. */
type Question = WorkerRequest extends infer Each
  ? Each extends WorkerRequest
    ? Omit<Each, 'id'>
    : never
  : never

class SqliteJournal implements Journal {
  origin: string
  readonly #settings: WorkerSettings
  readonly #signer: Signer | undefined
  readonly #anchoring: Anchoring
  readonly #done: Int32Array
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0
  #posted = 0
  #closing: Promise<void> | undefined
  #report: ((problem: AuditError) => void) | undefined

  constructor(
    settings: Omit<WorkerSettings, 'done'>,
    signer: Signer | undefined,
    anchors: readonly Anchor[]
  ) {
    const done = new SharedArrayBuffer(4)
    this.#done = new Int32Array(done)
    this.#settings = { ...settings, done }
    this.#signer = signer
    this.origin = settings.origin
    const consistencyProof = async (first: number, second: number) =>
      (await this.#ask({ kind: 'consistency', first, second })) as readonly Uint8Array[]
    this.#anchoring = new Anchoring(
      anchors,
      { consistencyProof },
      {
        cosigned: (checkpoint, lines) => this.#keepCosignatures(checkpoint, lines),
        failed: (problem) => this.#report?.(problem)
      }
    )
  }

  /** Starts the worker; also after one that died. */
  async start(): Promise<void> {
    const name = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    const options = { workerData: this.#settings, execArgv: [], name: 'slm-audit journal' }
    const worker = new Worker(new URL(name, import.meta.url), options)
    this.#worker = worker
    const ready = new Promise<WorkerValue | undefined>((resolve, reject) => {
      this.#waiting.set(0, { resolve, reject })
    })
    worker.on('message', (message: WorkerMessage) => this.#heard(worker, message))
    worker.on('error', (error) => this.#died(worker, error))
    worker.on('exit', () => this.#died(worker, new Error('its worker ended')))
    const origin = await ready
    this.origin = String(origin)
    // Only whoever waits for the journal keeps the process alive.
    worker.unref()
  }

  async append(drafts: readonly Draft[]): Promise<void> {
    if (this.#closing) throw new AuditError('closed', 'the journal is closed; open a new one')
    const rows = packRows(drafts)
    if (!this.#worker) await this.start()
    await this.#ask({ kind: 'append', rows })
  }

  async size(): Promise<number> {
    return Number(await this.#ask({ kind: 'size' }))
  }

  async *read(fromIndex = 0): AsyncGenerator<SealedRecord> {
    const database = openForReading(this.#settings.file)
    try {
      yield* readSealed(database, fromIndex)
    } finally {
      database.close()
    }
  }

  reportTo(report: (problem: AuditError) => void): void {
    this.#report = report
  }

  drainSync(timeoutMs: number): boolean {
    const until = performance.now() + timeoutMs
    // A signer on this thread cannot sign while it waits.
    if (this.#worker && !this.#signer) this.#ask({ kind: 'checkpoint' }).catch(() => undefined)
    for (;;) {
      const done = Atomics.load(this.#done, 0)
      if (done >= this.#posted) return true
      const left = until - performance.now()
      if (left <= 0 || !this.#worker) return false
      Atomics.wait(this.#done, 0, done, left)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    worker.ref()
    await this.#ask({ kind: 'checkpoint' })
    await this.#anchoring.settled()
    await this.#ask({ kind: 'close' })
    await worker.terminate()
  }

  #ask(question: Question): Promise<WorkerValue | undefined> {
    const worker = this.#worker
    if (!worker) return Promise.reject(new AuditError('closed', 'the journal is closed'))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      if (question.kind === 'append' || question.kind === 'checkpoint') this.#posted++
      worker.postMessage({ ...question, id })
    })
  }

  #heard(worker: Worker, message: WorkerMessage): void {
    if (message.kind === 'checkpoint') this.#anchoring.publish(message.note)
    else if (message.kind === 'problem') this.#report?.(problemOf(message))
    else if (message.kind === 'sign') void this.#sign(worker, message.id, message.message)
    else {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.kind === 'answer') waiting?.resolve(message.value)
      else waiting?.reject(problemOf(message))
    }
  }

  async #sign(worker: Worker, id: number, message: Uint8Array): Promise<void> {
    try {
      const signature = await this.#signer?.sign(message)
      worker.postMessage({ kind: 'signature', id, signature })
    } catch (error) {
      worker.postMessage({ kind: 'signature', id, problem: messageOf(error) })
    }
  }

  #keepCosignatures(checkpoint: string, lines: readonly string[]): void {
    const { size } = parseCheckpoint(checkpoint)
    this.#ask({ kind: 'cosigned', size, lines }).catch((error: unknown) => {
      const message = `cosignatures could not be stored: ${messageOf(error)}`
      this.#report?.(new AuditError('journal_failed', message, { cause: error }))
    })
  }

  /** What was asked of a worker that died is not known to be done. */
  #died(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    Atomics.store(this.#done, 0, this.#posted)
    const problem = `the journal's worker died: ${messageOf(cause)}`
    for (const [id, { reject }] of this.#waiting) {
      this.#waiting.delete(id)
      reject(new AuditError('journal_failed', problem, { cause }))
    }
  }
}

function problemOf({ code, message }: { readonly code: string; readonly message: string }) {
  return new AuditError(code as AuditErrorCode, message)
}

function newOrigin(): string {
  return `slm-audit/${createHash('sha256').update(randomUUID()).digest('hex').slice(0, 8)}`
}
