import type { GrowthWatch } from '@slm-audit/core/journal'
import { Connection } from './connection.ts'
import type { Place } from './connection-options.ts'

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

/** The channel on which a log tells that it has grown. */
export const channelOf = (schema: string): string => `slm_audit_${schema}`

/**
 * Hears of a log's growth by LISTEN, on a connection of its own that is made again when it is lost. Behind a pooler and on
 * a replica it never becomes live. Once it has connected it holds no process.
 */
export class GrowthListener implements GrowthWatch {
  readonly #place: Place
  readonly #grown: () => void
  #connection: Connection | undefined
  #timer: NodeJS.Timeout | undefined
  #retryMs = FIRST_RETRY_MS
  #isLive = false
  #isOver = false

  /** Begins at once; see `WatchGrowth`. */
  constructor(place: Place, grown: () => void) {
    this.#place = place
    this.#grown = grown
    void this.#listen()
  }

  get isLive(): boolean {
    return this.#isLive
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#isLive = false
    clearTimeout(this.#timer)
    void this.#connection?.close()
  }

  async #listen(): Promise<void> {
    try {
      this.#connection = await Connection.open(this.#place)
      this.#connection.unref()
      const channel = channelOf(this.#place.schema)
      const isHeard = await this.#connection.listen(channel, () => this.#heard())
      if (this.#isOver || !isHeard) return await this.#connection.close()
      this.#retryMs = FIRST_RETRY_MS
      this.#isLive = true
      this.#grown()
    } catch {
      // The journal says itself that its server is away. A server that is there, and refuses, keeps no session.
      void this.#connection?.close()
      this.#retry()
    }
  }

  #heard(): void {
    if (this.#isOver) return
    if (this.#connection?.isLost) this.#retry()
    this.#grown()
  }

  #retry(): void {
    this.#isLive = false
    clearTimeout(this.#timer)
    if (this.#isOver) return
    this.#timer = setTimeout(() => {
      this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS)
      void this.#listen()
    }, this.#retryMs)
    this.#timer.unref()
  }
}
