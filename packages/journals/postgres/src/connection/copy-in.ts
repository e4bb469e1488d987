import type { Connection, Submittable } from 'pg'
import type { CopiedRows } from './copied-rows.ts'

type Done = (error: Error | null) => void

/** Rows of one message: the server holds a message in memory as a whole. */
const MESSAGE_BYTES = 256 * 1024

/**
 * Several COPY … FROM STDIN, and statements behind them, as one query of `pg` that is sent at once: the statements in one
 * message, and behind it all rows, without waiting for the server to ask for them. Where one of them fails the server passes
 * over the rows of the rest (PostgreSQL's manual, Message Flow, COPY Operations).
 */
export class CopyIn implements Submittable {
  /** Set by `pg`, which puts its own time limit around it. */
  callback: Done
  readonly #tables: readonly CopiedRows[]
  readonly #behind: string

  constructor(tables: readonly CopiedRows[], behind: string, done: Done) {
    this.#tables = tables
    this.#behind = behind
    this.callback = done
  }

  submit(connection: Connection): void {
    const { stream } = connection
    const copies = this.#tables.map(({ into }) => `COPY ${into} FROM STDIN (FORMAT binary)`)
    stream.cork()
    connection.query([...copies, this.#behind].join('; '))
    for (const { bytes } of this.#tables) {
      for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) {
        const some = bytes.subarray(at, at + MESSAGE_BYTES)
        stream.write(messageOf('d', some.length))
        stream.write(some)
      }
      stream.write(messageOf('c', 0))
    }
    stream.uncork()
  }

  handleCopyInResponse(): void {
    // The rows are under way.
  }

  handleCommandComplete(): void {
    // The end is told once, when all are done.
  }

  handleError(error: Error): void {
    // Nothing is handed on behind it.
    this.callback(error)
  }

  handleReadyForQuery(): void {
    this.callback(null)
  }
}

/** The beginning of a message: its kind, and its length with that of the length (CopyData and CopyDone). */
function messageOf(kind: 'd' | 'c', bytes: number): Buffer {
  const header = Buffer.from(`${kind}\0\0\0\0`)
  header.writeInt32BE(bytes + 4, 1)
  return header
}
