import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { FILE_MODE } from './files.ts'

/** What a thread that takes in a spool keeps of its attempts, so that the next one knows what it died on. */
export interface Attempts {
  /** The thread is about to make sense of a frame, and done with those before it; by 0, with all. */
  attempt(sequence: number): void
  /** Whether two threads have died on a frame: a third would as well. */
  isDeadly(sequence: number): boolean
}

const { O_CREAT, O_RDWR } = constants
const NUMBERS = 3

/**
 * Attempts to take in a spool whose owner is gone, in a file of its folder, as the whole process may die: the
 * frame at hand, the one that was died on, and how often. Throws the system's error.
 */
export class KeptAttempts implements Attempts {
  readonly #fd: number
  readonly #now = new Float64Array(NUMBERS)

  constructor(folder: string) {
    this.#fd = openSync(join(folder, 'attempts'), O_RDWR | O_CREAT, FILE_MODE)
    readSync(this.#fd, this.#now, 0, this.#now.byteLength, 0)
    const [sequence = 0, diedOn, deaths = 0] = this.#now
    if (sequence === 0) return
    this.#now.set([0, sequence, sequence === diedOn ? deaths + 1 : 1])
    this.#write()
  }

  attempt(sequence: number): void {
    this.#now[0] = sequence
    this.#write()
  }

  isDeadly(sequence: number): boolean {
    return this.#now[1] === sequence && (this.#now[2] ?? 0) >= 2
  }

  close(): void {
    closeSync(this.#fd)
  }

  #write(): void {
    writeSync(this.#fd, this.#now, 0, this.#now.byteLength, 0)
  }
}
