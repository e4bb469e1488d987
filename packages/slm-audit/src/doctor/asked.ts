import type { Terminal } from '../terminal.ts'

/** What checks are told beside the log: how their words are to be. */
export interface Asked {
  /** By whose clock times are told. */
  readonly terminal: Terminal
  /** Whether the log is a database in a file, which more commands work on. */
  readonly isDatabase: boolean
  /** A command on the log that is looked at, as it is typed: `of('list kind:gap')`. */
  readonly of: (words: string) => string
}
