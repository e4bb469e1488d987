import { setTimeout as sleep } from 'node:timers/promises'
import { AuditError, type PendingRecord, ScheduledRetention } from '@slm-audit/core/journal'
import {
  ageFor,
  answerCursors,
  Checkpointer,
  type EngineRequest,
  type Evidence,
  type JournalEngine,
  type JournalHost,
  type StoredPlace
} from '@slm-audit/core/node'
import { type Connection, isPassing } from '../connection/connection.ts'
import { BackgroundIndex } from '../index/background-index.ts'
import { sealedPage, sizeOf } from '../store/sealed-rows.ts'
import { newestCheckpoint, storeCosignatures } from '../store/stored-checkpoints.ts'
import { StoredTiles } from '../store/stored-tiles.ts'
import { type Batch, Writer } from '../store/writer.ts'
import { enterWriter, leaveWriter } from '../store/writers.ts'
import { AppendQueue } from './append-queue.ts'
import { HeldExporters } from './held-exporters.ts'
import { LogCheckpoints, proofBetween, type UseLog } from './log-checkpoints.ts'
import { type OpeningLog, openingOf, openLog } from './open-log.ts'
import { ProtectedAppends } from './protected-appends.ts'
import type { WorkerSettings } from './worker-settings.ts'

/** How long the index lets appends of its thread go first. */
const MOST_WAIT_MS = 100

/** Begins a run of retention; the moment decides what is due, in milliseconds. */
export type Retaining = (now: number) => AsyncGenerator<void>

/**
 * Seals, appends and signs in a database on another machine. While that cannot be reached all requests reject,
 * and what comes from spools waits there; the next request tries to connect again.
 */
export class PostgresEngine implements JournalEngine {
  readonly origin: string
  readonly evidence: Evidence
  readonly #opening: OpeningLog
  readonly #host: JournalHost
  readonly #queue = new AppendQueue((batches) => this.#store(batches))
  readonly #appends: ProtectedAppends
  readonly #cursors: HeldExporters
  readonly #index: BackgroundIndex
  #checkpointer: Checkpointer | undefined
  #connection: Connection | undefined
  /** One statement or transaction at a time. */
  #turn: Promise<unknown> = Promise.resolve()
  #hasLeft = false
  readonly #retention: ScheduledRetention

  private constructor(settings: WorkerSettings, host: JournalHost, retaining: Retaining) {
    const tiles = new StoredTiles()
    const writer = new Writer(settings.origin, tiles)
    this.origin = settings.origin
    this.#opening = openingOf(settings, { tiles, writer }, host)
    this.#host = host
    const { origin, place, contents } = settings
    const use: UseLog = (run) => this.#use(run)
    this.#appends = new ProtectedAppends({ origin, place, writer, use, contents }, host)
    this.#cursors = new HeldExporters((run) => this.#use(run), settings.writerId)
    this.#index = new BackgroundIndex(
      settings.place,
      (problem) => host.failed(problem),
      () => Promise.race([this.#queue.settled(), sleep(MOST_WAIT_MS)])
    )
    const failed = (problem: AuditError) => host.failed(problem)
    // Each step is whole: nothing is left that would have to go on at once.
    const retained = {
      isPending: () => false,
      begin: (now: number) => this.#retain(retaining(now)),
      failed
    }
    this.#retention = new ScheduledRetention(retained, settings.retentionMs)
    this.evidence = {
      ageMs: ageFor(settings.schedule),
      store: (records, place) => this.#append(records, place),
      placeOf: (spool) => this.#use((connection) => placeOf(connection, spool))
    }
  }

  /**
   * Opens the log, or waits where its server cannot be reached now, has no room, or somebody holds the log. Rejects with AuditError
   * for what waiting does not change: another log, a newer schema, a key that is not the log's.
   */
  static async open(
    settings: WorkerSettings,
    host: JournalHost,
    retaining: Retaining
  ): Promise<JournalEngine> {
    const engine = new PostgresEngine(settings, host, retaining)
    try {
      await engine.#use(async () => undefined)
    } catch (error) {
      if (!AuditError.is(error) || !isPassing(error)) throw error
      host.failed(error)
    }
    return engine
  }

  answer(request: EngineRequest): unknown {
    switch (request.kind) {
      case 'append':
        return this.#append(request.data as readonly PendingRecord[])
      case 'checkpoint':
        return this.#sign()
      case 'size':
        return this.#use(sizeOf)
      case 'read':
        return this.#use((connection) => sealedPage(connection, request.from, undefined, 'opened'))
      case 'exporters':
        return answerCursors(this.#cursors, request.question)
      case 'consistency': {
        const { first, second } = request
        const { tiles } = this.#opening
        return this.#use((connection) => proofBetween(tiles, connection, first, second))
      }
      case 'cosigned':
        return this.#use((connection) => storeCosignatures(connection, request.size, request.lines))
      case 'leave':
        return this.#leave()
      case 'close':
        return this.#close()
    }
  }

  async #append(pending: readonly PendingRecord[], place?: StoredPlace): Promise<void> {
    if (pending.length > 0 || place) await this.#queue.append({ pending, place })
  }

  async #store(batches: readonly Batch[]): Promise<void> {
    const { settings } = this.#opening
    if (this.#hasLeft) await this.#use((connection) => enterWriter(connection, settings.writerId))
    this.#hasLeft = false
    const size = await this.#appends.append(batches)
    if (!batches.some(({ pending }) => pending.length > 0)) return
    this.#checkpointer?.appended(size)
    this.#index.soon(size)
  }

  /** What retention adds on a connection of its own is signed and indexed with the rest. */
  async *#retain(steps: AsyncGenerator<void>): AsyncGenerator<void> {
    for await (const _ of steps) {
      const size = await this.#use(sizeOf)
      this.#checkpointer?.appended(size)
      this.#index.soon(size)
      yield
    }
  }

  async #sign(): Promise<void> {
    await this.#queue.settled()
    await this.#checkpointer?.sign()
  }

  /** Runs on the log's connection when its turn has come; connects first where there is none. */
  #use<T>(run: (connection: Connection) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => await run(await this.#connected()))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #connected(): Promise<Connection> {
    if (this.#connection && !this.#connection.isLost) return this.#connection
    const { tiles, settings, signer } = this.#opening
    const host = this.#host
    tiles.forget()
    const connection = await openLog(this.#opening)
    this.#connection = connection
    if (this.#checkpointer) return connection
    const use = <T>(run: (connection: Connection) => Promise<T>) => this.#use(run)
    const append = (one: PendingRecord) => this.#append([one])
    const store = await LogCheckpoints.of(this.#opening, connection, use, append)
    const openSigner = () => signer(store.newestKey())
    this.#checkpointer = new Checkpointer(store, openSigner, settings.schedule, host)
    const size = await sizeOf(connection)
    this.#checkpointer.appended(size)
    this.#index.soon(size)
    const newest = await newestCheckpoint(connection)
    // The process before may have ended before its anchors had it.
    if (newest) host.signed(newest.signed)
    return connection
  }

  /** Where nobody has signed its records the row of the writer stays, as that of a process that died. */
  async #leave(): Promise<void> {
    if (!this.#connection || this.#connection.isLost) return
    const { writerId } = this.#opening.settings
    await this.#use(async (connection) => {
      await leaveWriter(connection, writerId)
      this.#hasLeft = true
    })
  }

  async #close(): Promise<void> {
    await this.#retention.stop()
    this.#checkpointer?.stop()
    await this.#queue.settled()
    await this.#index.stop()
    await this.#cursors.close()
    await this.#leave().catch(() => undefined)
    await this.#connection?.close()
  }
}

async function placeOf(connection: Connection, spool: string): Promise<string | undefined> {
  const sql = `SELECT place FROM ${connection.schema}.spools WHERE id = $1`
  const [row] = await connection.rows(sql, [spool])
  return row === undefined ? undefined : String(row.place)
}
