import { parentPort } from 'node:worker_threads'
import { AuditError, messageOf } from '../../base/error.ts'
import type { Anomaly } from '../../read/anomalies/anomaly.ts'
import type { Evidence } from '../intake/evidence.ts'
import { Intake } from '../intake/intake.ts'
import type { WatchedEvidence, WatchSettings } from '../watch/watched-evidence.ts'
import type { CursorQuestion } from './cursors.ts'
import {
  type EngineRequest,
  type FromWorker,
  type GivenBytes,
  isDrained,
  isOfSpools,
  type JournalHost,
  type RequestToWorker,
  type SpoolRequest,
  type ToWorker
} from './messages.ts'
import { Progress } from './progress.ts'
import { standBack } from './stand-back.ts'

/** What a journal's worker does: answers requests until it is asked to close. */
export interface JournalEngine {
  /** The log's name. */
  readonly origin: string
  /** Where what comes from spools is stored; absent where records come as they are, for a copy. */
  readonly evidence?: Evidence
  /** The answer to a request, or a promise of it. What it throws is the journal's failure. */
  answer(request: EngineRequest): unknown
}

/** What a worker is started with, beside what its engine needs. */
export interface ServedSettings {
  /** See `Progress`. */
  readonly progress: SharedArrayBuffer
  /** The folder of the journal's spools. */
  readonly spools?: string
  /** Looks for anomalies in what comes from spools, where it is given. */
  readonly watch?: WatchSettings | undefined
}

/** Runs an engine in this worker thread for the `WorkerJournal` that started it. */
export async function serveJournal(
  { progress, spools, watch }: ServedSettings,
  open: (host: JournalHost) => JournalEngine | Promise<JournalEngine>
): Promise<void> {
  const asked = new AskedBytes()
  const host: JournalHost = {
    sign: (message) => asked.ask('the signer', (id) => ({ kind: 'sign', id, message })),
    askKeys: (question) => asked.ask('the key provider', (id) => ({ kind: 'keys', id, question })),
    signed: (note) => post({ kind: 'checkpoint', note }),
    failed
  }
  try {
    await standBack()
    const engine = await open(host)
    const watched = engine.evidence && watch ? await watchedBy(engine.evidence, watch) : undefined
    const evidence = watched ?? engine.evidence
    const intake = evidence && spools ? newIntake(spools, evidence) : undefined
    // Without spools nothing can be left in them.
    if (!intake) await evidence?.abandonOpenCalls?.()
    if (watched) intake?.setFollowed(true)
    const served = new ServedJournal(engine, { intake, watched }, new Progress(progress))
    parentPort?.on('message', (message: ToWorker) => {
      if ('request' in message) void served.answer(message)
      else asked.take(message)
    })
    post({ kind: 'answer', id: 0, value: engine.origin })
  } catch (error) {
    refuse(0, error)
  }
}

function newIntake(root: string, evidence: Evidence): Intake {
  return new Intake(root, evidence, {
    stored: (records) => post({ kind: 'stored', records }),
    failed,
    idle: (spool) => post({ kind: 'idle', spool })
  })
}

/** What looks for anomalies is loaded where it is asked for: most logs open without it. */
async function watchedBy(evidence: Evidence, watch: WatchSettings): Promise<WatchedEvidence> {
  const { WatchedEvidence } = await import('../watch/watched-evidence.ts')
  const found = (anomaly: Anomaly) => post({ kind: 'anomaly', anomaly })
  return new WatchedEvidence(evidence, watch, { found, failed })
}

/** What takes spools in, and who looks at what they bring. */
interface Taking {
  readonly intake: Intake | undefined
  readonly watched: WatchedEvidence | undefined
}

/** Answers what the caller's thread asks. */
class ServedJournal {
  readonly #engine: JournalEngine
  readonly #intake: Intake | undefined
  readonly #watched: WatchedEvidence | undefined
  readonly #progress: Progress
  /** Exporters that deliver from here. */
  readonly #claimed = new Set<string>()
  /** Spools that are being taken in for good: what ends the journal's work comes after them. */
  readonly #detaching = new Set<Promise<unknown>>()

  constructor(engine: JournalEngine, { intake, watched }: Taking, progress: Progress) {
    this.#engine = engine
    this.#intake = intake
    this.#watched = watched
    this.#progress = progress
  }

  /** Posts the answer, or why there is none. Never rejects. */
  async answer({ id, request }: RequestToWorker): Promise<void> {
    try {
      const asked = isOfSpools(request) ? this.#ofSpools(request) : await this.#ofEngine(request)
      const value = asked instanceof Promise ? await asked : asked
      post({ kind: 'answer', id, ...(value !== undefined && { value }) })
    } catch (error) {
      refuse(id, error)
    }
    if (isDrained(request)) this.#progress.pass()
    if (request.kind === 'close') parentPort?.close()
  }

  async #ofEngine(request: EngineRequest): Promise<unknown> {
    if (request.kind === 'exporters') this.#follow(request.question)
    if (request.kind !== 'exporters' && this.#detaching.size > 0) {
      await Promise.allSettled(this.#detaching)
    }
    if (request.kind === 'close') {
      await this.#intake?.stop()
      this.#watched?.stop()
    }
    return this.#engine.answer(request)
  }

  #ofSpools(request: SpoolRequest): unknown {
    switch (request.kind) {
      case 'attach':
        return this.#intake?.attach(request.live)
      case 'flush':
        return this.#intake?.flush()
      case 'detach':
        return this.#detach(request.spool)
      case 'takenOver':
        return this.#intake?.takenOver()
      case 'load':
        return this.#intake?.load(request.module, request.protocol)
    }
  }

  #detach(spool: string): Promise<void> | undefined {
    const detached = this.#intake?.detach(spool)
    if (!detached) return undefined
    this.#detaching.add(detached)
    const forget = () => this.#detaching.delete(detached)
    detached.then(forget, forget)
    return detached
  }

  /** What somebody exports is to be stored soon. */
  #follow({ ask, name }: CursorQuestion): void {
    if (ask === 'claim') this.#claimed.add(name)
    if (ask === 'release') this.#claimed.delete(name)
    this.#intake?.setFollowed(this.#claimed.size > 0 || this.#watched !== undefined)
  }
}

/** A question to the caller's thread, and who answers it. */
interface Asked extends PromiseWithResolvers<Uint8Array> {
  readonly whom: string
}

/** Signatures and keys that the caller's thread was asked for. */
class AskedBytes {
  readonly #waiting = new Map<number, Asked>()
  #lastId = 0

  ask(whom: string, question: (id: number) => FromWorker): Promise<Uint8Array> {
    const waiting = { ...Promise.withResolvers<Uint8Array>(), whom }
    const id = ++this.#lastId
    this.#waiting.set(id, waiting)
    post(question(id))
    return waiting.promise
  }

  take({ id, bytes, problem }: GivenBytes): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (bytes) waiting?.resolve(bytes)
    else waiting?.reject(new AuditError('bad_key', `${waiting.whom} failed: ${problem}`))
  }
}

function post(message: FromWorker): void {
  parentPort?.postMessage(message)
}

function failed({ code, message }: AuditError): void {
  post({ kind: 'problem', code, message })
}

function refuse(id: number, error: unknown): void {
  const code = AuditError.is(error) ? error.code : 'journal_failed'
  post({ kind: 'refusal', id, code, message: messageOf(error) })
}
