import { tick } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { memoryCursors } from '../journal/cursors.ts'
import type { GrowthWatch } from '../journal/growth-watch.ts'
import { Delivery, type DeliveryHost } from './delivery.ts'
import type { Exporter, ExporterOptions } from './exporter.ts'
import { checkExporter, checkExporterOptions } from './exporter-options.ts'

/** How often is looked for what other processes did, in milliseconds. */
const LOOK_MS = 1_000
/** The same where the journal tells of what they append: exporters that a process gave up are left to be found. */
const LIVE_LOOK_MS = 10_000
/** What an exporter gets to close at least, in milliseconds. */
const LEAST_TO_CLOSE_MS = 100

/** The exporters of one log. */
export class Deliveries {
  readonly #host: DeliveryHost
  readonly #deliveries = new Map<string, Delivery>()
  #cancelLook: (() => void) | undefined
  #watch: GrowthWatch | undefined
  /** Whether the next look comes late, as the watch was live. */
  #isLive = false

  constructor(host: Omit<DeliveryHost, 'cursors'>) {
    this.#host = { ...host, cursors: host.journal.cursors ?? memoryCursors() }
  }

  /**
   * Begins to deliver. Throws AuditError `bad_option`. Disposing the result delivers what there
   * is, at most until `deadlineMs`, and closes the exporter.
   */
  add(exporter: Exporter, options: ExporterOptions, deadlineMs: number): AsyncDisposable {
    checkExporter(exporter)
    const settings = checkExporterOptions(options)
    const { name } = exporter
    if (this.#deliveries.has(name)) {
      throw new AuditError(
        'bad_option',
        `there is an exporter ${name} already; give this one another name`
      )
    }
    const delivery = new Delivery(exporter, settings, this.#host)
    this.#deliveries.set(name, delivery)
    this.#watch ??= this.#host.journal.watch?.(() => this.#grown())
    this.#lookSoon()
    let closing: Promise<void> | undefined
    return {
      [Symbol.asyncDispose]: () => {
        closing ??= this.#close(delivery, tick() + deadlineMs)
        return closing
      }
    }
  }

  /** Hears of records that were appended. */
  wake(count: number): void {
    for (const delivery of this.#deliveries.values()) delivery.wake(count)
  }

  /** Resolves when all that is stored is delivered, or `deadlineMs` later. Never rejects. */
  async flush(deadlineMs: number): Promise<void> {
    const deadline = tick() + deadlineMs
    const all = [...this.#deliveries.values()]
    if (all.length > 0)
      await this.#until(deadline, Promise.all(all.map((each) => each.flush(deadline))))
  }

  /** Delivers until the deadline, then closes all exporters. Never rejects. */
  async close(deadline: number): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((each) => this.#close(each, deadline)))
  }

  async #close(delivery: Delivery, deadline: number): Promise<void> {
    const { name } = delivery.exporter
    if (this.#deliveries.get(name) !== delivery) return
    await this.#until(deadline, delivery.flush(deadline))
    await this.#until(deadline, this.#reportLeft(delivery))
    this.#deliveries.delete(name)
    if (this.#deliveries.size === 0) this.#stopLooking()
    const least = tick() + LEAST_TO_CLOSE_MS
    await this.#until(Math.max(deadline, least), delivery.stop())
    await this.#until(Math.max(deadline, least), dispose(delivery.exporter))
  }

  /** Without cursors that last, what is not delivered now never will be. */
  async #reportLeft(delivery: Delivery): Promise<void> {
    if (this.#host.cursors.isDurable) return
    const lag = await delivery.lag()
    if (lag === 0) return
    const message = `${lag} records were not delivered to ${delivery.exporter.name} when the log closed, and its journal does not keep them for it`
    this.#host.report(new AuditError('export_failed', message))
  }

  /** Waits for work that may fail or hang, at most until the deadline. */
  async #until(deadline: number, work: Promise<unknown>): Promise<void> {
    const { platform, report } = this.#host
    await new Promise<void>((resolve) => {
      const left = Math.max(0, deadline - tick())
      const cancel = platform.defer(resolve, Math.max(left, 1))
      work
        .catch((cause: unknown) => {
          const message = `an exporter could not be flushed or closed: ${messageOf(cause)}`
          report(new AuditError('export_failed', message, { cause }))
        })
        .finally(() => {
          cancel()
          resolve()
        })
    })
  }

  /** Somebody has appended, or the journal tells of it from now on, or no more. */
  #grown(): void {
    this.wake(0)
    const isLive = this.#watch?.isLive === true
    if (isLive !== this.#isLive) this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#deliveries.size === 0) return
    this.#cancelLook?.()
    this.#isLive = this.#watch?.isLive === true
    this.#cancelLook = this.#host.platform.defer(
      () => {
        for (const delivery of this.#deliveries.values()) delivery.look()
        this.#lookSoon()
      },
      this.#isLive ? LIVE_LOOK_MS : LOOK_MS
    )
  }

  #stopLooking(): void {
    this.#cancelLook?.()
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }
}

async function dispose(exporter: Exporter): Promise<void> {
  await exporter[Symbol.asyncDispose]()
}
