import { existsSync } from 'node:fs'
import { AuditError, messageOf } from '../../base/error.ts'
import type { Protocol } from '../../protocol/protocol.ts'
import type { Carrier, CarrierEvents, Frame } from '../../recording/frame.ts'
import { type SpoolKey, SpoolWriter } from '../spool/index.ts'
import type { Durability, SpoolNews, SpoolRequest } from './messages.ts'
import { within } from './within.ts'

/** The form of the frames' meta: that of this version's recorder. */
const SCHEMA = 1

/** Where a journal's spools are, and what a frame in them survives. */
export interface SpoolOptions {
  readonly root: string
  readonly level: Durability
  /** Encrypts the spools; they are plain unless given. */
  readonly key?: SpoolKey | undefined
  /** Encrypts them with the log's secret where there is no such key, as is done for a policy that redacts. */
  readonly isHidden?: boolean
}

/** What a carrier needs of the journal that makes evidence of its frames. */
export interface IntakeLink {
  /** Starts the journal's thread, unless it runs. Rejects with an AuditError. */
  start(): Promise<void>
  /** Asks the journal's thread. Rejects with an AuditError. */
  ask(request: SpoolRequest): Promise<unknown>
  /** Blocks until all is stored, at most so long; false when it is not. */
  drain(timeoutMs: number): boolean
  /** Nothing comes from the carrier any more; `isLate` where the journal did not take all of it in in time. */
  closed(isLate: boolean): void
}

/** Carries frames in a spool, of which the journal's thread makes evidence. */
export class SpoolCarrier implements Carrier {
  readonly #writer: SpoolWriter
  readonly #link: IntakeLink
  readonly #events: CarrierEvents
  readonly #secret: Uint8Array | undefined
  /** The folder of all spools of the log. */
  readonly #root: string
  /** The modules of protocols that the journal's thread can import; absent for those that it cannot. */
  readonly #modules = new Map<Protocol, string | undefined>()

  /** Throws AuditError `journal_unavailable` where no spool can be begun. */
  constructor(options: SpoolOptions, link: IntakeLink, events: CarrierEvents) {
    this.#link = link
    this.#secret = options.key?.secret
    this.#root = options.root
    this.#events = events
    this.#writer = new SpoolWriter({
      ...options,
      schema: SCHEMA,
      events: {
        failed: (problem) => events.failed(problem),
        lost: () => events.lost(1),
        moved: () => this.attach()
      }
    })
    this.attach()
  }

  /** Names the spool for good. */
  get spool(): string {
    return this.#writer.folder.id
  }

  /** Tells the journal's thread of the spool; again when it was started again. */
  attach(): void {
    const { folder, state } = this.#writer
    const secret = this.#secret
    const live = { spool: folder.id, folder: folder.path, state: state.buffer, secret }
    for (const [{ name: protocol }, module] of this.#modules) {
      if (module !== undefined) this.#tell({ kind: 'load', module, protocol })
    }
    this.#tell({ kind: 'attach', live })
  }

  /** The journal's thread says something. */
  heard(news: SpoolNews): void {
    if (news.kind === 'idle') {
      if (news.spool === this.spool) this.#writer.rotate()
    } else this.#events.stored(news.records)
  }

  moduleOf(protocol: Protocol): string | undefined {
    if (!this.#modules.has(protocol)) {
      this.#modules.set(protocol, undefined)
      void this.#load(protocol)
    }
    return this.#modules.get(protocol)
  }

  append(frame: Frame): number {
    return this.#writer.append(frame)
  }

  kept(sequence: number): Promise<void> | undefined {
    return this.#writer.kept(sequence)
  }

  async flush(): Promise<void> {
    await this.#written()
    await this.#link.start()
    await this.#link.ask({ kind: 'flush' })
  }

  drainSync(timeoutMs: number): boolean {
    const lost = this.#writer.writeAtExit()
    if (lost > 0) this.#events.failed(notWritten(lost))
    if (!this.#link.drain(timeoutMs)) {
      this.#events.failed(
        this.#leftBehind(new Error(`the journal took longer than ${timeoutMs} ms`))
      )
    }
    return true
  }

  async close(timeoutMs: number, deadlineMs: number): Promise<number> {
    const lost = this.#writer.close()
    if (lost > 0) this.#events.failed(notWritten(lost))
    let isLate = false
    try {
      await within(timeoutMs, this.#detach(), `the journal took longer than ${deadlineMs} ms`)
    } catch (cause) {
      isLate = true
      this.#writer.leave()
      this.#events.failed(this.#leftBehind(cause))
    }
    this.#link.closed(isLate)
    return lost
  }

  /** A thread that is gone is told when it has been started again. */
  #tell(request: SpoolRequest): void {
    this.#link.ask(request).catch(() => undefined)
  }

  async #detach(): Promise<void> {
    await this.#link.start()
    await this.#link.ask({ kind: 'detach', spool: this.spool })
  }

  /** Waits for what waits in memory. */
  async #written(): Promise<void> {
    if (this.#writer.waiting > 0) await this.#writer.written()
  }

  async #load(protocol: Protocol): Promise<void> {
    try {
      if (!protocol.workerModule?.isExported(protocol)) return
      const module = protocol.workerModule.url()
      const loaded = await this.#link.ask({ kind: 'load', module, protocol: protocol.name })
      if (loaded === true) this.#modules.set(protocol, module)
    } catch {
      // A bundle may have moved the module away; such calls are read in this thread.
    }
  }

  #leftBehind(cause: unknown): AuditError {
    const { path } = this.#writer.folder
    const why = messageOf(cause)
    const message = existsSync(this.#root)
      ? `calls wait in ${path}, as ${why}; they are taken in when the log is opened again`
      : `calls are lost with their spool ${path}, which was deleted while the log was open: ${why}`
    return new AuditError('journal_failed', message, { cause })
  }
}

function notWritten(frames: number): AuditError {
  const message = `the spool could not be written at the end, and ${frames} frames of calls are lost`
  return new AuditError('journal_failed', message)
}
