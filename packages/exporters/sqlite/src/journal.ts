import { createHash, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import {
  AuditError,
  type AuditErrorCode,
  type Draft,
  type Journal,
  messageOf,
  refuseUnknown,
  type SealedRecord
} from '@slm-audit/core'
import { type Durability, openForReading } from './open-database.ts'
import { packRows } from './row-codec.ts'
import { readSealed } from './sealed-rows.ts'
import type { WorkerAnswer, WorkerRequest, WorkerSettings } from './worker.ts'

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
  /** Name of a log that is made new; `slm-audit/` and a random word unless given. */
  readonly origin?: string
}

const LEVELS: readonly unknown[] = ['memory', 'process', 'record', 'disk']

/**
 * Opens a journal in a SQLite database that a worker thread owns: the caller's thread only posts
 * batches. Several journals, also in several processes, may append to one file. Opening writes
 * `abandoned` for the calls that dead processes left open.
 *
 * Rejects with AuditError: `bad_option`, `journal_unavailable`, `journal_newer`, `journal_damaged`.
 */
export async function sqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  refuseUnknown('sqliteJournal', options, ['file', 'durability', 'origin'])
  const { file, durability = 'process', origin = newOrigin() } = options
  if (typeof file !== 'string' || file === '') {
    throw new AuditError('bad_option', 'file must be the path of a database')
  }
  if (!LEVELS.includes(durability)) {
    throw new AuditError('bad_option', `durability must be one of ${LEVELS.join(', ')}`)
  }
  const journal = new SqliteJournal({ file: resolve(file), durability, origin })
  await journal.start()
  return journal
}

interface Waiting {
  readonly resolve: (value: number | string | undefined) => void
  readonly reject: (error: AuditError) => void
}

class SqliteJournal implements Journal {
  origin: string
  readonly #settings: WorkerSettings
  readonly #done: Int32Array
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0
  #posted = 0
  #closing: Promise<void> | undefined

  constructor(options: Required<SqliteJournalOptions>) {
    const done = new SharedArrayBuffer(4)
    this.#done = new Int32Array(done)
    this.#settings = { ...options, done }
    this.origin = options.origin
  }

  /** Starts the worker; also after one that died. */
  async start(): Promise<void> {
    const name = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    const options = { workerData: this.#settings, execArgv: [], name: 'slm-audit journal' }
    const worker = new Worker(new URL(name, import.meta.url), options)
    this.#worker = worker
    const ready = new Promise<number | string | undefined>((resolve, reject) => {
      this.#waiting.set(0, { resolve, reject })
    })
    worker.on('message', (answer: WorkerAnswer) => this.#answered(answer))
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
    await this.#ask({ kind: 'append', id: ++this.#lastId, rows })
  }

  async size(): Promise<number> {
    return Number(await this.#ask({ kind: 'size', id: ++this.#lastId }))
  }

  async *read(fromIndex = 0): AsyncGenerator<SealedRecord> {
    const database = openForReading(this.#settings.file)
    try {
      yield* readSealed(database, fromIndex)
    } finally {
      database.close()
    }
  }

  drainSync(timeoutMs: number): boolean {
    const until = performance.now() + timeoutMs
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
    await this.#ask({ kind: 'close', id: ++this.#lastId })
    await worker.terminate()
  }

  #ask(request: WorkerRequest): Promise<number | string | undefined> {
    const worker = this.#worker
    if (!worker) return Promise.reject(new AuditError('closed', 'the journal is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject })
      if (request.kind === 'append') this.#posted++
      worker.postMessage(request)
    })
  }

  #answered({ id, value, error }: WorkerAnswer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(value)
    else waiting?.reject(new AuditError(error.code as AuditErrorCode, error.message))
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

function newOrigin(): string {
  return `slm-audit/${createHash('sha256').update(randomUUID()).digest('hex').slice(0, 8)}`
}
