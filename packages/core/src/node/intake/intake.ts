import { randomBytes } from 'node:crypto'
import { clearInterval, setInterval } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import { isWrapped, logSecret, pseudonymSecret, unwrapKey } from '../log-secret.ts'
import {
  type Attempts,
  DeadSpools,
  giveAway,
  KeptAttempts,
  removeSpoolFolder,
  type SpoolFolder,
  SpoolReader,
  type SpoolReaderSettings,
  SpoolState,
  TOUCH_MS,
  touchSpool,
  wrappedKeyIn
} from '../spool/index.ts'
import type { Evidence } from './evidence.ts'
import { ProtocolModules } from './protocol-modules.ts'
import { type IntakeEvents, SpoolIntake } from './spool-intake.ts'

/** The spool of an open log, as its thread tells the journal's thread of it. */
export interface LiveSpool {
  /** Names the spool for good. */
  readonly spool: string
  readonly folder: string
  /** See `SpoolState`. */
  readonly state: SharedArrayBuffer
  /** See `SpoolKey`; absent for a spool that is not encrypted. */
  readonly secret?: Uint8Array | undefined
}

/** What is told beside the events of intakes. */
export interface JournalIntakeEvents extends IntakeEvents {
  /** An idle spool's segment is evidence: its writer may end it, so that it can be removed. */
  idle(spool: string): void
}

interface Live extends LiveSpool {
  readonly intake: SpoolIntake
  readonly reader: SpoolReader
  readonly followed: Promise<void>
}

/** How long a record may wait for others, where nobody follows or exports, and where somebody does. */
const AGE_MS = 10_000
const FOLLOWED_AGE_MS = 1_000

/** Makes evidence of all spools of a journal: those of open logs, and those that dead threads left. */
export class Intake {
  readonly #root: string
  readonly #evidence: Evidence
  readonly #events: JournalIntakeEvents
  readonly #modules = new ProtocolModules()
  readonly #dead: DeadSpools
  readonly #live = new Map<string, Live>()
  readonly #timer: NodeJS.Timeout
  /** Spools that are this thread's, and could not be taken in yet. */
  #left: SpoolFolder[] = []
  /** Spools that cannot be opened here, by id, and those of which a failure was told. */
  readonly #closed = new Set<string>()
  readonly #told = new Set<string>()
  #takingOver: Promise<void>
  /** Takes in what a dead thread left. */
  #finishing: SpoolIntake | undefined
  #secret: Uint8Array | undefined
  #ageMs: number
  #isStopped = false

  constructor(root: string, evidence: Evidence, events: JournalIntakeEvents) {
    this.#root = root
    this.#evidence = evidence
    this.#ageMs = evidence.ageMs ?? AGE_MS
    this.#events = events
    this.#dead = new DeadSpools(root)
    this.#takingOver = this.#takeOver()
    this.#timer = setInterval(() => this.#look(), TOUCH_MS)
  }

  /** See `ProtocolModules`. */
  load(module: string, protocol: string): Promise<boolean> {
    return this.#modules.load(module, protocol)
  }

  /** Whether somebody follows the log, or exports it: records are stored sooner then. */
  setFollowed(isFollowed: boolean): void {
    const { ageMs = AGE_MS } = this.#evidence
    this.#ageMs = isFollowed ? Math.min(FOLLOWED_AGE_MS, ageMs) : ageMs
  }

  /** Begins to take in the spool of an open log. */
  attach(live: LiveSpool): void {
    const { spool, folder, secret } = live
    const state = new SpoolState(live.state)
    state.countDeath()
    const reader = this.#readerOf(folder, { state, secret })
    const intake = this.#intakeOf(spool, reader, state, state.beginReading())
    this.#live.set(spool, { ...live, reader, intake, followed: intake.follow() })
  }

  /** Resolves when all that open logs have published is evidence. */
  async flush(): Promise<void> {
    await Promise.all([...this.#live.values()].map(({ intake }) => intake.flush()))
  }

  /** Takes in what is left of a spool whose log has closed, and removes it. */
  async detach(spool: string): Promise<void> {
    const live = this.#live.get(spool)
    if (!live) return
    await live.intake.flush()
    this.#live.delete(spool)
    live.intake.stop()
    await live.followed
    await live.intake.forget()
    removeSpoolFolder(this.#root, live.folder)
  }

  /** Resolves when the spools of dead threads have been taken in, as far as they can be. */
  takenOver(): Promise<void> {
    return this.#takingOver
  }

  /** Stops; what was not stored stays in the spools. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#finishing?.stop()
    await this.#takingOver
    for (const { intake, followed } of this.#live.values()) {
      intake.stop()
      await followed
    }
  }

  #look(): void {
    for (const { spool, folder, reader, intake } of this.#live.values()) {
      touchSpool(folder)
      intake.look()
      if (reader.isAtEnd && intake.isIdle) this.#events.idle(spool)
    }
    this.#takingOver = this.#takingOver.then(() => this.#takeOver())
  }

  /** Never rejects. */
  async #takeOver(): Promise<void> {
    try {
      const folders = [...this.#left.splice(0), ...this.#dead.take(this.#closed)]
      for (const folder of folders) await this.#takeIn(folder)
      if (this.#left.length === 0 && !this.#dead.areAnyLeft)
        await this.#evidence.abandonOpenCalls?.()
    } catch (cause) {
      this.#failed(`the spools of other processes cannot be looked for in ${this.#root}`, cause)
    }
  }

  async #takeIn(folder: SpoolFolder): Promise<void> {
    if (this.#isStopped) return
    const { id, path } = folder
    try {
      const secret = await this.#secretOf(folder)
      await this.#finish(folder, secret)
      removeSpoolFolder(this.#root, path)
    } catch (cause) {
      if (this.#isStopped) {
        giveAway(this.#root, folder)
        return
      }
      const isFirst = !this.#told.has(id)
      this.#told.add(id)
      if (isFirst)
        this.#failed(`what a process left in ${path} cannot be taken in, and stays there`, cause)
      if (AuditError.is(cause) && cause.code === 'bad_key') {
        // Another process may have what opens it.
        this.#closed.add(id)
        giveAway(this.#root, folder)
      } else this.#left.push(folder)
    }
  }

  async #finish({ id, path }: SpoolFolder, secret: Uint8Array | undefined): Promise<void> {
    const attempts = new KeptAttempts(path)
    try {
      this.#finishing = this.#intakeOf(id, this.#readerOf(path, { secret }), attempts)
      await this.#finishing.finish()
      await this.#finishing.forget()
    } finally {
      this.#finishing = undefined
      attempts.close()
    }
  }

  async #secretOf(folder: SpoolFolder): Promise<Uint8Array | undefined> {
    const wrapped = wrappedKeyIn(folder)
    if (!wrapped) return undefined
    if (isWrapped(wrapped)) return unwrapKey(logSecret(this.#root), wrapped)
    if (this.#evidence.openSpoolKey) return await this.#evidence.openSpoolKey(wrapped)
    throw new AuditError('bad_key', 'it is encrypted, and this journal has nothing that opens it')
  }

  /** What pseudonyms are made with; where the log's secret cannot be had, they hold for this thread alone. */
  #pseudonyms(): Uint8Array {
    this.#secret ??= this.#readSecret()
    return this.#secret
  }

  #readSecret(): Uint8Array {
    try {
      return pseudonymSecret(logSecret(this.#root))
    } catch (cause) {
      this.#failed('pseudonyms will change with each start', cause)
      return new Uint8Array(randomBytes(32))
    }
  }

  #readerOf(folder: string, how: Pick<SpoolReaderSettings, 'state' | 'secret'>): SpoolReader {
    return new SpoolReader({
      ...how,
      folder,
      failed: (problem) => this.#events.failed(problem)
    })
  }

  #intakeOf(spool: string, reader: SpoolReader, attempts: Attempts, isNew = false): SpoolIntake {
    return new SpoolIntake({
      isNew,
      spool,
      reader,
      attempts,
      evidence: this.#evidence,
      modules: this.#modules,
      secret: () => this.#pseudonyms(),
      ageMs: () => this.#ageMs,
      events: this.#events
    })
  }

  #failed(what: string, cause: unknown): void {
    const code = AuditError.is(cause) ? cause.code : 'journal_failed'
    this.#events.failed(new AuditError(code, `${what}: ${messageOf(cause)}`, { cause }))
  }
}
