import {
  AuditError,
  parseRecord,
  type SealedRecord,
  withAbsentContents
} from '@slm-audit/core/journal'
import type { EngineRequest, JournalEngine, JournalHost } from '@slm-audit/core/node'
import { encrypterFor } from '../format/age.ts'
import { LogFiles } from './log-files.ts'
import { Packing } from './packing.ts'
import type { WorkerSettings } from './worker-settings.ts'

/** Takes out of a copy what records say that its log has lost. */
export type FollowLosses = (log: LogFiles, records: readonly SealedRecord[]) => Promise<void>

/** Keeps sealed records of another store as they are. */
export class FileCopyEngine implements JournalEngine {
  readonly origin = ''
  readonly #settings: WorkerSettings
  readonly #host: JournalHost
  readonly #follow: FollowLosses
  #log: LogFiles | undefined
  #packing: Packing | undefined

  constructor(settings: WorkerSettings, host: JournalHost, follow: FollowLosses) {
    this.#settings = settings
    this.#host = host
    this.#follow = follow
  }

  answer(request: EngineRequest): unknown {
    if (request.kind === 'append') return this.#copy(request.data as readonly SealedRecord[])
    if (request.kind === 'close') return this.#close()
    return undefined
  }

  async #copy(records: readonly SealedRecord[]): Promise<void> {
    const [first] = records
    if (!first) return
    const { origin } = parseRecord(first).log
    const log = await this.#open(origin)
    if (log.origin !== origin) {
      const { directory } = this.#settings
      const message = `${directory} holds the log ${log.origin}, not ${origin}; give another directory`
      throw new AuditError('export_rejected', message)
    }
    // Contents that were not exported are told from the header.
    await log.copy(records.map(withAbsentContents))
    await this.#follow(log, records)
    this.#packing?.soon(async () => undefined)
  }

  async #open(origin: string): Promise<LogFiles> {
    if (this.#log) return this.#log
    const encrypt = await encrypterFor(this.#settings.recipients)
    this.#log = new LogFiles({ ...this.#settings, origin, encrypt })
    this.#packing = new Packing(this.#log, this.#settings, this.#host)
    return this.#log
  }

  async #close(): Promise<void> {
    await this.#packing?.finish()
    this.#log?.close()
  }
}
