import { join } from 'node:path'
import type { Terminal } from '../terminal.ts'
import { type Output, openOutput } from './output.ts'

/** Files that are put on the disk together: each that is written holds a handle until then. */
const TOGETHER = 128

/** A folder of many small files, each of which is there whole or not at all, by the rules of `openOutput`. */
export class OutputFolder implements Disposable {
  readonly #folder: string
  readonly #log: string
  readonly #terminal: Terminal
  #open: Output[] = []

  /** @param log The log that is read, a database or a folder. */
  constructor(folder: string, log: string, terminal: Terminal) {
    this.#folder = folder
    this.#log = log
    this.#terminal = terminal
  }

  /** Writes a file, which is on the disk once `settle` resolved. Rejects with AuditError as `openOutput` and `Output` throw. */
  async put(name: string, content: string): Promise<void> {
    const output = openOutput('--out', join(this.#folder, name), this.#log, this.#terminal)
    this.#open.push(output)
    output.write(content)
    if (this.#open.length >= TOGETHER) await this.settle()
  }

  /** Resolves when all that was put is on the disk. Rejects with AuditError `export_failed` where one file cannot be written. */
  async settle(): Promise<void> {
    const ended = await Promise.allSettled(this.#open.map((output) => output.settle()))
    const failed = ended.find(({ status }) => status === 'rejected')
    if (failed) this.discard()
    this.#open = []
    if (failed?.status === 'rejected') throw failed.reason
  }

  /** Takes away what is not on the disk yet. */
  discard(): void {
    for (const output of this.#open) output.discard()
    this.#open = []
  }

  /** As `discard`. */
  [Symbol.dispose](): void {
    this.discard()
  }
}
