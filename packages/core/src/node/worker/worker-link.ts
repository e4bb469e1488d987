import { Worker } from 'node:worker_threads'
import { tick } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import type { FromWorker, JournalRequest, ToWorker } from './messages.ts'
import { OpenRequests } from './open-requests.ts'
import { Progress } from './progress.ts'
import { within } from './within.ts'

/** What a worker's news go to. */
export interface LinkEvents {
  /** The worker has started, and said so: what it has to know is to be told again. */
  started(origin: string): void
  /** The worker says something that is not an answer. */
  heard(message: Exclude<FromWorker, { kind: 'answer' | 'refusal' }>): void
  /** The worker ended without being asked to. */
  died(problem: AuditError): void
}

/** Where the worker's thread begins, and what it gets as `workerData`, beside `progress`. */
export interface LinkSettings {
  readonly worker: URL
  readonly data: object
}

/** The worker has so long to end what it is at, and so long to stop at all, in milliseconds. */
const END_MS = 13_000
const TERMINATE_MS = 1_000

/**
 * Room for young objects of the worker. More stays taken; with 4 MB, a tenth to a fifth of its time went to collecting
 * what would have died by itself.
 */
const YOUNG_MB = 12

/** The connection to a worker, which is started again where it died. */
export class WorkerLink {
  readonly #settings: LinkSettings
  readonly #events: LinkEvents
  readonly #progress = new Progress()
  readonly #requests = new OpenRequests(this.#progress)
  #worker: Worker | undefined
  #starting: Promise<void> | undefined
  #isEnding = false

  constructor(settings: LinkSettings, events: LinkEvents) {
    this.#settings = settings
    this.#events = events
  }

  get isRunning(): boolean {
    return this.#worker !== undefined
  }

  /** Starts the worker, unless it runs. Rejects with the AuditError that its engine throws. */
  async start(): Promise<void> {
    if (this.#worker && !this.#starting) return
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  /** Asks the worker. Rejects with its AuditError, or `journal_failed` where it dies meanwhile. */
  ask(request: JournalRequest): Promise<unknown> {
    const worker = this.#worker
    if (!worker) return Promise.reject(new AuditError('closed', 'the journal is closed'))
    const { id, answer } = this.#requests.open(request)
    this.post({ id, request })
    return answer
  }

  /** `ask`, for somebody for whom the process stays. */
  async askHolding(request: JournalRequest): Promise<unknown> {
    const worker = this.#worker
    worker?.ref()
    try {
      return await this.ask(request)
    } finally {
      worker?.unref()
    }
  }

  post(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  /** Asks, and blocks until all is done that was asked and is drained; false when it took too long. */
  drain(requests: readonly JournalRequest[], timeoutMs: number): boolean {
    const until = tick() + timeoutMs
    for (const request of this.#worker ? requests : []) this.ask(request).catch(() => undefined)
    for (;;) {
      const { through } = this.#progress
      if (this.#requests.areThrough) return true
      const left = until - tick()
      if (left <= 0 || !this.#worker) return false
      this.#progress.wait(through, left)
    }
  }

  /** Ends the worker after `work`, for which the process stays. */
  async end(work: () => Promise<void>): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    this.#isEnding = true
    worker.ref()
    try {
      await within(END_MS, work(), `its thread did not end within ${END_MS / 1_000} s`)
    } finally {
      // One that could not close must not keep the process alive, nor one that cannot be ended.
      this.#worker = undefined
      worker.unref()
      await within(TERMINATE_MS, worker.terminate(), '').catch(() => undefined)
    }
  }

  /** Ends the worker without a word, and without waiting until it has. */
  async abandon(): Promise<void> {
    this.#isEnding = true
    const worker = this.#worker
    this.#worker = undefined
    void worker?.terminate()
  }

  #newWorker(): Worker {
    try {
      return new Worker(this.#settings.worker, {
        workerData: { ...this.#settings.data, progress: this.#progress.buffer },
        execArgv: [],
        name: 'slm-audit journal',
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB }
      })
    } catch (cause) {
      const message = `the thread of the journal cannot be started (${messageOf(cause)}); with node --permission, give --allow-worker`
      throw new AuditError('journal_unavailable', message, { cause })
    }
  }

  async #start(): Promise<void> {
    const worker = this.#newWorker()
    this.#worker = worker
    const ready = this.#requests.openStart()
    worker.on('message', (message: FromWorker) => this.#heard(message))
    worker.on('error', (error) => this.#died(worker, error))
    worker.on('exit', () => this.#died(worker, new Error('its worker ended')))
    try {
      this.#events.started(String(await ready))
    } catch (error) {
      this.#worker = undefined
      // Another may be started in its place, once it has ended.
      await worker.terminate()
      throw AuditError.is(error) && isMissing(error.cause) ? missing(error.cause) : error
    }
    // Only whoever waits for the journal keeps the process alive.
    worker.unref()
  }

  #heard(message: FromWorker): void {
    if (message.kind === 'answer' || message.kind === 'refusal') this.#requests.settle(message)
    else this.#events.heard(message)
  }

  /** What was asked of a worker that died is not known to be done. */
  #died(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    const wasRunning = !this.#starting && !this.#isEnding
    this.#worker = undefined
    const message = `the journal's worker died: ${messageOf(cause)}`
    const problem = new AuditError('journal_failed', message, { cause })
    this.#requests.fail(problem)
    if (wasRunning) this.#events.died(problem)
  }
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
