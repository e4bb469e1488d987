import { readFileSync } from 'node:fs'
import { clearInterval, now, setInterval } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import { ANOMALY, type Anomaly, type Detector } from '../../read/anomalies/anomaly.ts'
import { RecordWatch } from '../../read/anomalies/record-watch.ts'
import { AnomalyWatch } from '../../read/anomalies/watch.ts'
import { pendingEvent } from '../../record/event-record.ts'
import type { PendingRecord } from '../../record/sealed-record.ts'
import { writeWholeFile } from '../draft-file.ts'
import type { Evidence, StoredPlace } from '../intake/evidence.ts'

/** How a journal's thread looks for anomalies. */
export interface WatchSettings {
  /** A file that keeps what is usual over the ends of processes: names and figures, no content. */
  readonly state: string
  /** What is looked for; all of it unless given. */
  readonly detectors?: readonly Detector[] | undefined
}

/** What is told of. */
export interface WatchEvents {
  /** An anomaly was found, and its record is stored. */
  found(anomaly: Anomaly): void
  /** Something failed that nobody waits for. */
  failed(problem: AuditError): void
}

/** How often the clock is looked at, and what was learned is kept, in milliseconds. */
const TICK_MS = 5_000
const KEEP_MS = 600_000

/** Evidence that is looked at as it is stored. What fails in looking is told once, and ends nothing. */
export class WatchedEvidence implements Evidence {
  readonly ageMs?: number
  readonly #evidence: Evidence
  readonly #settings: WatchSettings
  readonly #events: WatchEvents
  readonly #records = new RecordWatch()
  readonly #watch: AnomalyWatch
  readonly #timer: NodeJS.Timeout
  #keptAt = now()
  #hasFailed = false

  constructor(evidence: Evidence, settings: WatchSettings, events: WatchEvents) {
    this.#evidence = evidence
    if (evidence.ageMs !== undefined) this.ageMs = evidence.ageMs
    this.#settings = settings
    this.#events = events
    this.#watch = new AnomalyWatch(settings.detectors, readState(settings.state))
    this.#timer = setInterval(() => this.#look(() => this.#watch.tick(now())), TICK_MS)
    this.#timer.unref()
  }

  store(records: readonly PendingRecord[], place?: StoredPlace): void | Promise<void> {
    const stored = this.#evidence.store(records, place)
    const look = () => this.#look(() => this.#find(records))
    return stored instanceof Promise ? stored.then(look) : look()
  }

  placeOf(spool: string): ReturnType<Evidence['placeOf']> {
    return this.#evidence.placeOf(spool)
  }

  async openSpoolKey(wrapped: Uint8Array): Promise<Uint8Array> {
    const key = await this.#evidence.openSpoolKey?.(wrapped)
    if (key) return key
    throw new AuditError('bad_key', 'the spool is encrypted, and its key cannot be opened here')
  }

  abandonOpenCalls(): void | Promise<void> {
    return this.#evidence.abandonOpenCalls?.()
  }

  /** Ends looking, and keeps what was learned. */
  stop(): void {
    clearInterval(this.#timer)
    this.#keep()
  }

  #find(records: readonly PendingRecord[]): Anomaly[] {
    return records.flatMap((record) => {
      const call = this.#records.next(record)
      return call ? this.#watch.add(call) : []
    })
  }

  #look(find: () => readonly Anomaly[]): void {
    try {
      const found = find()
      if (found.length > 0) void this.#record(found)
      if (now() - this.#keptAt > KEEP_MS) this.#keep()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  async #record(found: readonly Anomaly[]): Promise<void> {
    try {
      await this.#evidence.store(found.map((anomaly) => pendingEvent(ANOMALY, { ...anomaly })))
      for (const anomaly of found) this.#events.found(anomaly)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #keep(): void {
    this.#keptAt = now()
    try {
      writeWholeFile(this.#settings.state, JSON.stringify(this.#watch))
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #fail(cause: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    const message = `anomalies are not looked for as they should be (${messageOf(cause)}); calls are recorded all the same`
    this.#events.failed(new AuditError('observer_failed', message, { cause }))
  }
}

/** What was learned before; nothing where that cannot be read, as it is learned again. */
function readState(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
