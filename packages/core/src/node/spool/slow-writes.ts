import { tick } from '../../base/clock.ts'
import { nodeFiles, type SpoolFiles } from './files.ts'

/** A write that takes longer is slow, in milliseconds. */
const SLOW_MS = 20
/** So many slow ones in a row make the disk slow. */
const SLOW_WRITES = 3
/** Where Linux says how long this thread has run, and how long it has waited for a processor, in nanoseconds. */
const TIMES = '/proc/thread-self/schedstat'
const TIMES_BYTES = 64
const NS_PER_MS = 1_000_000

/**
 * Tells when a disk is slow by how long writes take. What a thread waits for a processor meanwhile is none of the disk's: it is
 * looked up once a write was slow, so that others cost nothing more; where the system does not say, it is counted as the disk's.
 */
export class SlowWrites {
  readonly #files: SpoolFiles
  readonly #times = Buffer.alloc(TIMES_BYTES)
  #slow = 0
  #begunAt = 0
  #waitedBefore = 0

  constructor(files: SpoolFiles = nodeFiles) {
    this.#files = files
  }

  /** To be called before a write. */
  begin(): void {
    this.#begunAt = tick()
    if (this.#slow > 0) this.#waitedBefore = this.#waitedMs()
  }

  /** To be called after it: how many milliseconds the disk took, where it has turned out to be slow. */
  end(): number | undefined {
    const ms = this.#diskMs()
    this.#slow = ms > SLOW_MS ? this.#slow + 1 : 0
    if (this.#slow < SLOW_WRITES) return undefined
    this.#slow = 0
    return ms
  }

  /** What was waited is asked within the time that it is taken from: a thread that waits while it asks has waited in both. */
  #diskMs(): number {
    const took = tick() - this.#begunAt
    if (this.#slow === 0 || took <= SLOW_MS) return took
    const waited = this.#waitedMs() - this.#waitedBefore
    return tick() - this.#begunAt - waited
  }

  /** How long this thread has waited for a processor so far; 0 where the system does not say. */
  #waitedMs(): number {
    try {
      const fd = this.#files.openSync(TIMES, 'r')
      try {
        const length = this.#files.readSync(fd, this.#times, 0, TIMES_BYTES, 0)
        const [, waited] = this.#times.toString('latin1', 0, length).split(' ')
        return Number(waited) / NS_PER_MS || 0
      } finally {
        this.#files.closeSync(fd)
      }
    } catch {
      return 0
    }
  }
}
