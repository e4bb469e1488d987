import { Connection } from './connection.ts'
import type { Place } from './connection-options.ts'

/** Connections of one reader: several questions at a time, few enough for a small server. */
const MOST = 4

const READING = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** Gives each question a connection of its own and one state of the log, however long it reads. */
export class ReadingPool {
  readonly #place: Place
  readonly #idle: Connection[] = []
  readonly #waiting: (() => void)[] = []
  #open = 0

  constructor(place: Place) {
    this.#place = place
  }

  /** Runs a question. Rejects with AuditError `journal_unavailable`, or as it does. */
  async read<T>(run: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#take()
    try {
      return await connection.transaction(() => run(connection), READING)
    } finally {
      this.#give(connection)
    }
  }

  /** Closes what is idle; to be called when nothing is asked any more. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()))
  }

  async #take(): Promise<Connection> {
    for (;;) {
      const idle = this.#idle.pop()
      if (idle && !idle.isLost) return idle
      if (idle) this.#open--
      else if (this.#open < MOST) break
      else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#open++
    try {
      return await Connection.open(this.#place)
    } catch (error) {
      this.#open--
      this.#waiting.shift()?.()
      throw error
    }
  }

  #give(connection: Connection): void {
    if (connection.isLost) this.#open--
    else this.#idle.push(connection)
    this.#waiting.shift()?.()
  }
}
