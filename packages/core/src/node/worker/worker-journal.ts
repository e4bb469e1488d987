import { randomBytes } from 'node:crypto'
import type { Anchor } from '../../anchors/anchor.ts'
import { Anchoring } from '../../anchors/anchoring.ts'
import { setTimeout } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import type { Cursors } from '../../journal/cursors.ts'
import type { WatchGrowth } from '../../journal/growth-watch.ts'
import type { Journal } from '../../journal/journal.ts'
import type { ReviewStore } from '../../journal/reviews.ts'
import type { Anomaly } from '../../read/anomalies/anomaly.ts'
import type { PendingRecord, SealedRecord } from '../../record/sealed-record.ts'
import type { Carrier, CarrierEvents } from '../../recording/frame.ts'
import { parseCheckpoint } from '../../tlog/checkpoint.ts'
import type { Signer } from '../../tlog/signer.ts'
import type { KeyProvider } from '../key-provider.ts'
import { logSecret, pseudonymSecret, wrapKey } from '../log-secret.ts'
import { nodePlatform } from '../node-platform.ts'
import { reviewFolder } from '../review-folder.ts'
import { type AnomalyOptions, tellAnomaly } from '../watch/anomaly-options.ts'
import { answerKeys } from './answer-keys.ts'
import { workerCursors } from './cursors.ts'
import type { EngineRequest, GivenBytes } from './messages.ts'
import { problemOf } from './open-requests.ts'
import { SpoolCarrier, type SpoolOptions } from './spool-carrier.ts'
import { WorkerLink } from './worker-link.ts'

/** What a `WorkerJournal` needs to know. */
export interface WorkerJournalSettings<Item> {
  /** The module that calls `serveJournal`. */
  readonly worker: URL
  /** What it gets as `workerData`, beside what `serveJournal` needs. */
  readonly data: object
  /** Signs on the caller's thread, where the worker cannot. */
  readonly signer?: Signer | undefined
  /** Wraps data keys on the caller's thread, where the worker cannot. */
  readonly keyProvider?: KeyProvider | undefined
  /** Where checkpoints go besides the journal. */
  readonly anchors: readonly Anchor[]
  /** The form in which a batch travels to the worker. */
  pack(items: readonly Item[]): unknown
  /** Reads on the caller's thread: where the worker does not, or is gone. */
  read(fromIndex: number): AsyncIterable<SealedRecord>
  /** Whether the engine answers `exporters`: whether it keeps cursors. */
  readonly keepsCursors?: boolean
  /** Whether the engine answers `read`, so that the caller's thread has less to do. */
  readonly reads?: boolean
  /** The spools of the logs on this journal, where its engine has evidence. */
  readonly spools?: SpoolOptions
  /** Who hears of anomalies that the worker finds. */
  readonly anomalies?: AnomalyOptions | undefined
  /** Hears of what other processes append, where the store tells. */
  readonly watch?: WatchGrowth
  /** The folder in which processes share what waits for a person's approval. */
  readonly reviews?: string
}

/** Spools that are encrypted, with the log's secret unless the journal encrypts them itself. */
function hidden(spools: SpoolOptions): SpoolOptions {
  if (spools.key) return spools
  const secret = new Uint8Array(randomBytes(32))
  return { ...spools, key: { secret, wrapped: wrapKey(logSecret(spools.root), secret) } }
}

const FIRST_RESTART_MS = 100
const LAST_RESTART_MS = 15_000
/** Problems that are kept until somebody listens. */
const MOST_UNTOLD = 10

/**
 * The caller's side of a journal whose store a worker thread owns. What a log records reaches the worker
 * through a spool. A worker that dies is started again, at once where a log is open. A journal takes
 * pending records; a copy of one takes sealed records.
 */
export class WorkerJournal<Item = PendingRecord> implements Omit<Journal, 'append'> {
  origin = ''
  readonly platform = nodePlatform()
  readonly cursors?: Cursors
  readonly reviews?: ReviewStore
  readonly watch?: WatchGrowth
  /** See `CarryingJournal`. */
  readonly openCarrier?: (events: CarrierEvents, isHidden?: boolean) => Carrier
  readonly #settings: WorkerJournalSettings<Item>
  readonly #anchoring: Anchoring
  readonly #link: WorkerLink
  readonly #carriers = new Set<SpoolCarrier>()
  #closing: Promise<void> | undefined
  #report: ((problem: AuditError) => void) | undefined
  readonly #untold: AuditError[] = []
  #deaths = 0
  #secret: Uint8Array | undefined
  /** A log has closed for which the store took too long. */
  #isLate = false

  private constructor(settings: WorkerJournalSettings<Item>) {
    const { worker, data, spools, anchors } = settings
    this.#settings = settings
    this.#link = new WorkerLink(
      { worker, data: { ...data, ...(spools && { spools: spools.root }) } },
      {
        started: (origin) => this.#started(origin),
        heard: (message) => this.#heard(message),
        died: (problem) => this.#died(problem)
      }
    )
    if (settings.keepsCursors) {
      this.cursors = workerCursors((question) => this.#ask({ kind: 'exporters', question }))
    }
    if (settings.watch) this.watch = settings.watch
    if (settings.reviews !== undefined) this.reviews = reviewFolder(settings.reviews)
    if (spools) {
      this.openCarrier = (events, isHidden) =>
        this.#openCarrier(isHidden || spools.isHidden ? hidden(spools) : spools, events)
    }
    const consistencyProof = async (first: number, second: number) =>
      (await this.#ask({ kind: 'consistency', first, second })) as readonly Uint8Array[]
    this.#anchoring = new Anchoring(
      anchors,
      { size: () => this.size(), consistencyProof },
      {
        cosigned: (checkpoint, lines) => this.#keepCosignatures(checkpoint, lines),
        failed: (problem) => this.#tell(problem)
      }
    )
  }

  /** Starts the worker. Rejects with the AuditError that its engine throws. */
  static async open<Item = PendingRecord>(
    settings: WorkerJournalSettings<Item>
  ): Promise<WorkerJournal<Item>> {
    const journal = new WorkerJournal(settings)
    await journal.#link.start()
    return journal
  }

  pseudonymSecret(): Uint8Array {
    const { spools } = this.#settings
    this.#secret ??= spools
      ? pseudonymSecret(logSecret(spools.root))
      : new Uint8Array(randomBytes(32))
    return this.#secret
  }

  async append(items: readonly Item[]): Promise<void> {
    if (this.#closing) throw new AuditError('closed', 'the journal is closed; open a new one')
    const data = this.#settings.pack(items)
    await this.#link.start()
    await this.#ask({ kind: 'append', data })
  }

  async size(): Promise<number> {
    return Number(await this.#ask({ kind: 'size' }))
  }

  /** Resolves when what dead processes left has been taken in, as far as it can be. */
  async takenOver(): Promise<void> {
    await this.#link.askHolding({ kind: 'takenOver' })
  }

  read(fromIndex = 0): AsyncIterable<SealedRecord> {
    const isHere = !this.#settings.reads || !this.#link.isRunning || this.#closing
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
    for (const problem of this.#untold.splice(0)) report(problem)
  }

  /** Tells of a problem, or keeps it until somebody listens. */
  #tell(problem: AuditError): void {
    if (this.#report) this.#report(problem)
    else if (this.#untold.length < MOST_UNTOLD) this.#untold.push(problem)
  }

  drainSync(timeoutMs: number): boolean {
    const spools = [...this.#carriers].map(({ spool }) => ({ kind: 'detach', spool }) as const)
    // A signer on this thread cannot sign while it waits.
    const signs = this.#settings.signer ? [] : [{ kind: 'checkpoint' } as const]
    return this.#link.drain([...spools, ...signs, { kind: 'leave' }], timeoutMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #openCarrier(options: SpoolOptions, events: CarrierEvents): Carrier {
    const carrier = new SpoolCarrier(
      options,
      {
        start: () => this.#link.start(),
        ask: (request) => this.#link.ask(request),
        drain: (timeoutMs) => this.drainSync(timeoutMs),
        closed: (isLate) => {
          this.#isLate ||= isLate
          this.#carriers.delete(carrier)
        }
      },
      events
    )
    this.#carriers.add(carrier)
    return carrier
  }

  #close(): Promise<void> {
    // A store that hangs must not hold up the application's end; the next one finds the spool.
    if (this.#isLate) return this.#link.abandon()
    return this.#link.end(async () => {
      await this.#ask({ kind: 'checkpoint' })
      await this.#anchoring.settled()
      await this.#ask({ kind: 'close' })
    })
  }

  #ask(request: EngineRequest): Promise<unknown> {
    return this.#link.ask(request)
  }

  #started(origin: string): void {
    this.origin = origin
    for (const carrier of this.#carriers) carrier.attach()
  }

  #heard(message: Parameters<ConstructorParameters<typeof WorkerLink>[1]['heard']>[0]): void {
    if (message.kind === 'checkpoint') this.#anchoring.publish(message.note)
    else if (message.kind === 'problem') this.#tell(problemOf(message))
    else if (message.kind === 'sign') {
      void this.#give(message.id, () => this.#settings.signer?.sign(message.message))
    } else if (message.kind === 'keys') {
      void this.#give(message.id, () => answerKeys(this.#settings.keyProvider, message.question))
    } else if (message.kind === 'anomaly') this.#tellAnomaly(message.anomaly)
    else {
      if (message.kind === 'stored') this.#deaths = 0
      for (const carrier of this.#carriers) carrier.heard(message)
    }
  }

  #tellAnomaly(anomaly: Anomaly): void {
    const { anomalies } = this.#settings
    if (anomalies) tellAnomaly(anomalies, anomaly, (problem) => this.#tell(problem))
  }

  /** Gives the worker what it asked for, or says why not. Never rejects. */
  async #give(id: number, make: () => GivenBytes['bytes'] | Promise<Uint8Array>): Promise<void> {
    try {
      this.#link.post({ id, bytes: await make() })
    } catch (error) {
      this.#link.post({ id, bytes: undefined, problem: messageOf(error) })
    }
  }

  #keepCosignatures(checkpoint: string, lines: readonly string[]): void {
    const { size } = parseCheckpoint(checkpoint)
    this.#ask({ kind: 'cosigned', size, lines }).catch((error: unknown) => {
      const message = `cosignatures could not be stored: ${messageOf(error)}`
      this.#tell(new AuditError('journal_failed', message, { cause: error }))
    })
  }

  /** What is in a spool is safe, and is taken in by the next worker. */
  #died(problem: AuditError): void {
    if (this.#carriers.size === 0 || this.#closing) return
    this.#tell(problem)
    const delay = Math.min(FIRST_RESTART_MS * 2 ** this.#deaths++, LAST_RESTART_MS)
    setTimeout(() => void this.#restart(), delay).unref()
  }

  async #restart(): Promise<void> {
    if (this.#closing) return
    try {
      await this.#link.start()
    } catch (error) {
      this.#died(AuditError.is(error) ? error : new AuditError('journal_failed', messageOf(error)))
    }
  }
}
