import { clearTimeout, now, setImmediate, setTimeout, tick } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import type { CarriedFrame } from '../../recording/frame.ts'
import { FrameReader } from '../../recording/frame-reader.ts'
import { LATE_MS } from '../../recording/late-record.ts'
import { Losses } from '../../recording/losses.ts'
import { nodeSha256 } from '../signer.ts'
import type { Attempts, SpoolReader } from '../spool/index.ts'
import { Batch } from './batch.ts'
import type { Evidence } from './evidence.ts'
import type { ProtocolModules } from './protocol-modules.ts'

/** What is made into evidence, and where that goes. */
export interface IntakeSettings {
  /** Names the spool. */
  readonly spool: string
  readonly reader: SpoolReader
  readonly attempts: Attempts
  readonly evidence: Evidence
  readonly modules: ProtocolModules
  /** What pseudonyms are made with. */
  readonly secret?: (() => Uint8Array) | undefined
  /** How long a record may wait to be stored with others, in milliseconds, as of now. */
  ageMs(): number
  /** Whether nobody has read the spool before, so that nothing in it is old. */
  readonly isNew?: boolean
  readonly events: IntakeEvents
}

/** What an intake tells of. */
export interface IntakeEvents {
  /** So many records were stored. */
  stored(records: number): void
  /** Something failed: what can be tried again is told once an episode. */
  failed(problem: AuditError): void
}

/** Frames that are read at a time, in bytes. */
const READ_BYTES = 128 * 1024
/** So many bytes of records are enough for one transaction. */
const BATCH_BYTES = 512 * 1024
/** Frames that come one by one are read together, so many milliseconds later. */
const READ_DELAY_MS = 50
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 15_000

/** Makes evidence of the frames of one spool, in their order, each once. */
export class SpoolIntake {
  readonly #settings: IntakeSettings
  readonly #frames: FrameReader
  readonly #batch = new Batch()
  /** What was lost on its way here, and is not in the batch yet. */
  readonly #losses = new Losses()
  #flushes: PromiseWithResolvers<void>[] = []
  #isUnplaced = false
  #begunAt = 0
  /** When all that was published had been read, for the last time; and the same before the batch began. */
  #caughtUpAt = Number.NEGATIVE_INFINITY
  #batchAfter = Number.NEGATIVE_INFINITY
  #failures = 0
  #more: Promise<void> | undefined
  #poke: (() => void) | undefined
  #isStopped = false
  #hasBegun = false

  constructor(settings: IntakeSettings) {
    this.#settings = settings
    if (settings.isNew) this.#caughtUpAt = tick()
    this.#frames = new FrameReader({
      sha256: nodeSha256,
      secret: settings.secret,
      protocol: (module, name) => settings.modules.protocol(module, name),
      unread: (problem) => this.#lost(problem),
      failed: (problem) => settings.events.failed(problem)
    })
  }

  /** Whether all that was read is stored. */
  get isIdle(): boolean {
    return !this.#isUnplaced
  }

  /** Notes that nothing waits to be read, if so: what is published from now on is not late yet. Call it now and then. */
  look(): void {
    if (this.#settings.reader.isAtEnd) this.#caughtUpAt = tick()
  }

  /** Reads and stores as frames come, until it is stopped. Never rejects. */
  async follow(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const flushes = this.#flushes
        await this.#begin()
        // While nothing can be stored, nothing more is read: it waits in the spool.
        if (this.#failures > 0 && this.#isUnplaced) await this.#store()
        const isAtEnd = !(await this.#readSome())
        if (isAtEnd) this.#caughtUpAt = tick()
        if (this.#isDue(isAtEnd)) await this.#store()
        this.#failures = 0
        if (isAtEnd && !this.#isUnplaced) this.#settle(flushes)
        if (isAtEnd) await this.#pause()
        else await nextTurn()
      } catch (cause) {
        this.#failed(cause)
        await this.#sleep(retryDelay(this.#failures++))
      }
    }
  }

  /** Resolves when all that has been published is evidence; rejects with the AuditError of a failure. */
  flush(): Promise<void> {
    if (this.#isStopped) return Promise.reject(closed())
    const flush = Promise.withResolvers<void>()
    this.#flushes = [...this.#flushes, flush]
    this.#poke?.()
    return flush.promise
  }

  /**
   * Takes in all of a spool whose owner is gone, and ends its open calls as `abandoned`. Rejects where
   * something failed; it may be called again then.
   */
  async finish(): Promise<void> {
    await this.#begin()
    while (await this.#readSome()) {
      if (this.#isStopped) throw closed()
      if (this.#batch.bytes >= BATCH_BYTES) await this.#store()
      await nextTurn()
    }
    for (const _ of this.#frames.abandon(now())) {
      this.#collect()
      if (this.#batch.bytes >= BATCH_BYTES) await this.#store()
    }
    this.#collect()
    await this.#store()
  }

  /** Records what was lost at the spool's end, and says that nothing of it is needed any more. Throws what the evidence throws. */
  async forget(): Promise<void> {
    const { reader, evidence, spool } = this.#settings
    for (const loss of reader.lostAtEnd()) this.#batch.addLeftGap(loss)
    reader.close()
    await evidence.store(this.#batch.records, { spool })
  }

  /** Stops following; what was read and not stored is read again by the next one. */
  stop(): void {
    this.#isStopped = true
    this.#poke?.()
    this.#settings.reader.close()
    for (const flush of this.#flushes.splice(0)) flush.reject(closed())
  }

  /** Learns where the evidence ends, before the first frame is read. Rejects with what the evidence throws. */
  async #begin(): Promise<void> {
    if (this.#hasBegun) return
    const { evidence, reader, spool } = this.#settings
    reader.begin(await evidence.placeOf(spool))
    this.#hasBegun = true
  }

  /** Reads some frames; false where there were none. */
  async #readSome(): Promise<boolean> {
    const frames = this.#settings.reader.next(READ_BYTES)
    if (frames.length === 0) return false
    await this.#settings.modules.loadFor(frames)
    if (!this.#isUnplaced) {
      this.#begunAt = tick()
      this.#batchAfter = this.#caughtUpAt
    }
    this.#isUnplaced = true
    if (this.#settings.reader.hasWaited(frames)) this.#batchAfter = Number.NEGATIVE_INFINITY
    for (const frame of frames) this.#take(frame)
    this.#settings.attempts.attempt(0)
    this.#collect()
    return true
  }

  /** Puts what is due into the batch, and how much was lost on its way. */
  #collect(): void {
    this.#batch.add(this.#frames.drain())
    for (const losses of [this.#settings.reader.losses, this.#losses]) {
      if (losses.records > 0) this.#batch.addGap(losses.take())
    }
  }

  #take(frame: CarriedFrame): void {
    const { attempts } = this.#settings
    if (attempts.isDeadly(frame.sequence)) {
      const message = `a frame of ${frame.auditId} has ended the journal's thread twice, and is left out; report it`
      this.#lost(new AuditError('protocol_failed', message))
      return
    }
    attempts.attempt(frame.sequence)
    this.#frames.take(frame)
  }

  #isDue(isAtEnd: boolean): boolean {
    if (this.#batch.bytes >= BATCH_BYTES) return true
    if (!this.#isUnplaced) return false
    const isAsked = this.#flushes.length > 0 && isAtEnd
    return isAsked || tick() - this.#begunAt >= this.#settings.ageMs()
  }

  /** Stores the batch and the place behind it, and gives up what is not needed any more. */
  async #store(): Promise<void> {
    const { reader, evidence, spool, events } = this.#settings
    const place = reader.place()
    const count = this.#batch.records.length
    if (tick() - this.#batchAfter > LATE_MS) this.#batch.markLate()
    try {
      await evidence.store(this.#batch.records, { spool, place })
    } catch (cause) {
      this.#batch.retry()
      if (!AuditError.is(cause) || cause.code !== 'bad_record') throw cause
      await this.#storeOneByOne()
      await evidence.store(this.#batch.records, { spool, place })
    }
    this.#batch.drop(this.#batch.records.length)
    this.#isUnplaced = false
    reader.release(place)
    if (count > 0) events.stored(count)
  }

  /** Finds the record that cannot be stored: it must hold up no other. */
  async #storeOneByOne(): Promise<void> {
    for (const record of [...this.#batch.records]) {
      try {
        await this.#settings.evidence.store([record])
      } catch (cause) {
        if (!AuditError.is(cause) || cause.code !== 'bad_record') throw cause
        this.#lost(cause)
      }
      this.#batch.drop(1)
    }
    if (this.#losses.records > 0) this.#batch.addGap(this.#losses.take())
  }

  /** One record can never be stored or made. */
  #lost(problem: AuditError): void {
    this.#losses.add(1, now())
    this.#settings.events.failed(problem)
  }

  /** Waits until there is something to do. */
  async #pause(): Promise<void> {
    if (this.#flushes.length > 0 || this.#isStopped) return
    const ageLeft = this.#begunAt + this.#settings.ageMs() - tick()
    const { reader } = this.#settings
    this.#more ??= reader.more().then(() => {
      this.#more = undefined
    })
    await this.#sleep(this.#isUnplaced ? Math.max(ageLeft, 1) : undefined, this.#more)
    // What comes within a moment is read together.
    if (this.#flushes.length === 0 && !this.#isStopped) await this.#sleep(READ_DELAY_MS)
  }

  /** Waits for a time, for something else, or until it is poked. */
  async #sleep(ms: number | undefined, until?: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#poke = resolve
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
    await (until ? Promise.race([promise, until]) : promise)
    clearTimeout(timer)
    this.#poke = undefined
  }

  #settle(flushes: readonly PromiseWithResolvers<void>[]): void {
    if (flushes.length === 0) return
    this.#flushes = this.#flushes.filter((flush) => !flushes.includes(flush))
    for (const flush of flushes) flush.resolve()
  }

  #failed(cause: unknown): void {
    const message = `calls cannot be taken in from the spool, and stay there: ${messageOf(cause)}`
    const problem = AuditError.is(cause)
      ? cause
      : new AuditError('journal_failed', message, { cause })
    if (this.#failures === 0) this.#settings.events.failed(problem)
    for (const flush of this.#flushes.splice(0)) flush.reject(problem)
  }
}

function closed(): AuditError {
  return new AuditError('closed', 'the journal is closed')
}

function retryDelay(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS)
}

/** Lets messages of the other thread come in between. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
