import { AuditError, messageOf } from '@slm-audit/core'
import type { JournalHost } from '@slm-audit/core/node-journal'
import type { LogFiles } from './log-files.ts'
import { packEnded } from './pack-ended.ts'
import type { WorkerSettings } from './worker-settings.ts'

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

  async settled(): Promise<void> {
    await this.#running
  }

  async #run(sign: () => Promise<void>): Promise<void> {
    try {
      await sign()
      await packEnded(this.#log, this.#settings.directory, this.#settings.compression)
    } catch (cause) {
      const message = `a file could not be closed, the next batch tries again: ${messageOf(cause)}`
      this.#host.failed(new AuditError('journal_failed', message, { cause }))
    }
  }
}
