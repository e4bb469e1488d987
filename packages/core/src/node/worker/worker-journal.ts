import { Worker } from 'node:worker_threads'
import type { Anchor } from '../../anchors/anchor.ts'
import { Anchoring } from '../../anchors/anchoring.ts'
import { tick } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import type { Cursors } from '../../journal/cursors.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Draft, SealedRecord } from '../../record/sealed-record.ts'
import { parseCheckpoint } from '../../tlog/checkpoint.ts'
import type { Signer } from '../../tlog/signer.ts'
import { nodePlatform } from '../node-platform.ts'
import { workerCursors } from './cursors.ts'
import type { FromWorker, JournalRequest, ToWorker } from './messages.ts'
import { OpenRequests, problemOf } from './open-requests.ts'
import { Progress } from './progress.ts'

/** What a `WorkerJournal` needs to know. */
export interface WorkerJournalSettings<Item> {
  /** The module that calls `serveJournal`. */
  readonly worker: URL
  /** What it gets as `workerData`, beside `progress`, which is for `serveJournal`. */
  readonly data: object
  /** Signs on the caller's thread, where the worker cannot. */
  readonly signer?: Signer | undefined
  readonly anchors: readonly Anchor[]
  /** The form in which a batch travels to the worker. */
  pack(items: readonly Item[]): unknown
  /** Reads on the caller's thread: where the worker does not, or is gone. */
  read(fromIndex: number): AsyncIterable<SealedRecord>
  /** Whether the engine answers `exporters`: whether it keeps cursors. */
  readonly keepsCursors?: boolean
  /** Whether the engine answers `read`, so that the caller's thread has less to do. */
  readonly reads?: boolean
}

/**
 * The caller's side of a journal whose store a worker thread owns: it only posts batches. A worker
 * that dies is started again by the next append; what it was asked is then not known to be done.
 * A journal takes drafts; a copy of one takes sealed records.
 */
export class WorkerJournal<Item = Draft> implements Omit<Journal, 'append'> {
  origin = ''
  readonly platform = nodePlatform()
  readonly cursors?: Cursors
  readonly #settings: WorkerJournalSettings<Item>
  readonly #anchoring: Anchoring
  readonly #progress = new Progress()
  readonly #requests = new OpenRequests(this.#progress)
  #worker: Worker | undefined
  #closing: Promise<void> | undefined
  #report: ((problem: AuditError) => void) | undefined

  private constructor(settings: WorkerJournalSettings<Item>) {
    this.#settings = settings
    if (settings.keepsCursors) {
      this.cursors = workerCursors((question) => this.#ask({ kind: 'exporters', question }))
    }
    const consistencyProof = async (first: number, second: number) =>
      (await this.#ask({ kind: 'consistency', first, second })) as readonly Uint8Array[]
    this.#anchoring = new Anchoring(
      settings.anchors,
      { size: () => this.size(), consistencyProof },
      {
        cosigned: (checkpoint, lines) => this.#keepCosignatures(checkpoint, lines),
        failed: (problem) => this.#report?.(problem)
      }
    )
  }

  /** Starts the worker. Rejects with the AuditError that its engine throws. */
  static async open<Item = Draft>(
    settings: WorkerJournalSettings<Item>
  ): Promise<WorkerJournal<Item>> {
    const journal = new WorkerJournal(settings)
    await journal.#start()
    return journal
  }

  async append(items: readonly Item[], isPatient = false): Promise<void> {
    if (this.#closing) throw new AuditError('closed', 'the journal is closed; open a new one')
    const data = this.#settings.pack(items)
    if (!this.#worker) await this.#start()
    this.#requests.lookForStored()
    await this.#ask({ kind: 'append', data }, isPatient)
  }

  async size(): Promise<number> {
    return Number(await this.#ask({ kind: 'size' }))
  }

  read(fromIndex = 0): AsyncIterable<SealedRecord> {
    const isHere = !this.#settings.reads || !this.#worker || this.#closing
    return isHere ? this.#settings.read(fromIndex) : this.#readPages(fromIndex)
  }

  async *#readPages(fromIndex: number): AsyncGenerator<SealedRecord> {
    const end = await this.size()
    for (let from = fromIndex; from < end; ) {
      const page = (await this.#ask({ kind: 'read', from })) as readonly SealedRecord[]
      for (const sealed of page) if (sealed.index < end) yield sealed
      from = (page.at(-1)?.index ?? end) + 1
    }
  }

  reportTo(report: (problem: AuditError) => void): void {
    this.#report = report
  }

  drainSync(timeoutMs: number): boolean {
    const until = tick() + timeoutMs
    // A signer on this thread cannot sign while it waits.
    const last = this.#settings.signer
      ? ['leave' as const]
      : ['checkpoint' as const, 'leave' as const]
    for (const kind of this.#worker ? last : []) this.#ask({ kind }).catch(() => undefined)
    for (;;) {
      const { through } = this.#progress
      if (this.#requests.areThrough) return true
      const left = until - tick()
      if (left <= 0 || !this.#worker) return false
      this.#progress.wait(through, left)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(): Promise<void> {
    const workerData = { ...this.#settings.data, progress: this.#progress.buffer }
    const options = { workerData, execArgv: [], name: 'slm-audit journal' }
    const worker = new Worker(this.#settings.worker, options)
    this.#worker = worker
    const ready = this.#requests.openStart()
    worker.on('message', (message: FromWorker) => this.#heard(worker, message))
    worker.on('error', (error) => this.#died(worker, error))
    worker.on('exit', () => this.#died(worker, new Error('its worker ended')))
    try {
      this.origin = String(await ready)
    } catch (error) {
      // Another may be started in its place, once it has ended.
      await worker.terminate()
      throw AuditError.is(error) && isMissing(error.cause) ? missing(error.cause) : error
    }
    // Only whoever waits for the journal keeps the process alive.
    worker.unref()
  }

  async #close(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    worker.ref()
    try {
      await this.#ask({ kind: 'checkpoint' })
      await this.#anchoring.settled()
      await this.#ask({ kind: 'close' })
      this.#requests.lookForStored()
    } finally {
      // One that could not close must not keep the process alive.
      await worker.terminate()
    }
  }

  #ask(request: JournalRequest, isPatient = false): Promise<unknown> {
    const worker = this.#worker
    if (!worker) return Promise.reject(new AuditError('closed', 'the journal is closed'))
    const { id, answer } = this.#requests.open(request, isPatient)
    post(worker, { id, request, isPatient })
    return answer
  }

  #heard(worker: Worker, message: FromWorker): void {
    if (message.kind === 'checkpoint') this.#anchoring.publish(message.note)
    else if (message.kind === 'problem') this.#report?.(problemOf(message))
    else if (message.kind === 'sign') void this.#sign(worker, message.id, message.message)
    else this.#requests.answered(message)
  }

  async #sign(worker: Worker, id: number, message: Uint8Array): Promise<void> {
    try {
      post(worker, { id, signature: await this.#settings.signer?.sign(message) })
    } catch (error) {
      post(worker, { id, signature: undefined, problem: messageOf(error) })
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
    const problem = `the journal's worker died: ${messageOf(cause)}`
    this.#requests.fail(new AuditError('journal_failed', problem, { cause }))
  }
}

function post(worker: Worker, message: ToWorker): void {
  worker.postMessage(message)
}

/** Whether a module could not be found: the worker's own, or one that it imports. */
function isMissing(cause: unknown): boolean {
  return isObject(cause) && /MODULE_NOT_FOUND$/.test(String(cause.code))
}

function missing(cause: unknown): AuditError {
  const next =
    'leave slm-audit out of the bundle, as docs/guide/bundlers.md says, or install it again'
  const message = `the journal's worker cannot be loaded: ${messageOf(cause)}; ${next}`
  return new AuditError('journal_unavailable', message, { cause })
}
