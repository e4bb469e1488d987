import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { JournalHost } from '@slm-audit/core/node'
import type { LogFiles } from './log-files.ts'
import { packEnded } from './pack-ended.ts'
import type { WorkerSettings } from './worker-settings.ts'

/** How long a log that closes waits for another process that packs, in milliseconds. */
const LAST_WAIT_MS = 1_000

/** Closed files are compressed and listed beside the appends. */
export class Packing {
  readonly #log: LogFiles
  readonly #settings: WorkerSettings
  readonly #host: JournalHost
  #running: Promise<void> | undefined

  constructor(log: LogFiles, settings: WorkerSettings, host: JournalHost) {
    this.#log = log
    this.#settings = settings
    this.#host = host
  }

  /** To be told after each batch; `sign` is waited for, so that a checkpoint covers the file. */
  soon(sign: () => Promise<void>): void {
    if (this.#log.ended.length === 0 || this.#running) return
    this.#running = this.#run(sign).finally(() => {
      this.#running = undefined
    })
  }

  /** Packs what is left, before the log closes. */
  async finish(): Promise<void> {
    await this.#running
    if (this.#log.ended.length > 0) await this.#run(async () => undefined, LAST_WAIT_MS)
  }

  async #run(sign: () => Promise<void>, waitMs?: number): Promise<void> {
    const { directory, compression } = this.#settings
    try {
      await sign()
      await packEnded(this.#log, directory, compression, undefined, waitMs)
    } catch (cause) {
      const message = `a file could not be closed, the next batch tries again: ${messageOf(cause)}`
      this.#host.failed(new AuditError('journal_failed', message, { cause }))
    }
  }
}
