import { join } from 'node:path'
import { now } from '../../base/clock.ts'
import { FILE_MODE, type SpoolFiles, writeAll, writeAllSync } from './files.ts'
import { encodeShared } from './frame-format.ts'
import { newKeySalt, SegmentCipher, segmentKey } from './segment-cipher.ts'
import { encodeSegmentHeader, newSeed } from './segment-header.ts'

/** What the segments of a spool have in common. */
export interface SegmentSettings {
  readonly folder: string
  readonly schema: number
  /** See `SpoolKey`; the segments are plain unless given. */
  readonly secret?: Uint8Array | undefined
  readonly files: SpoolFiles
}

/** The name of a segment's file in its spool's folder. */
export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.frames`
}

/** A segment that is being written. Bytes are written at places, so what failed is written over. */
export class Segment {
  readonly number: number
  readonly seed: number
  /** Where the next frame goes. */
  end: number
  readonly #files: SpoolFiles
  readonly #cipher: SegmentCipher | undefined
  readonly #numbers = new Map<string, number>()
  #fd: number | undefined
  /** Writes under way in the thread pool; the file stays open for them. */
  #pending = 0
  #isClosing = false

  /**
   * Begins a segment. Throws the system's error: `ENOENT` where the folder is gone, as another
   * process has taken it over.
   */
  constructor(
    { folder, schema, secret, files }: SegmentSettings,
    number: number,
    name = segmentName(number)
  ) {
    this.number = number
    this.seed = newSeed()
    this.#files = files
    const keySalt = secret ? newKeySalt() : new Uint8Array()
    const header = encodeSegmentHeader({ number, seed: this.seed, at: now(), schema, keySalt })
    this.#cipher = secret && new SegmentCipher(segmentKey(secret, keySalt))
    this.end = header.length
    const path = join(folder, name)
    this.#fd = files.openSync(path, 'w+', FILE_MODE)
    try {
      writeAllSync(files, this.#fd, header, 0)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Whether a place must not be written twice: such a segment ends with the first write that fails. */
  get isWrittenOnce(): boolean {
    return this.#cipher !== undefined
  }

  /**
   * The numbers of shared texts. Those that are not in the segment yet are encoded into `room` at
   * `from`, added to `fresh`, and written again until `keep` is told that they are there.
   */
  share(texts: readonly string[], buffer: Buffer, from: number, fresh: NewTexts): SharedNumbers {
    const numbers: number[] = []
    let end = from
    for (const text of texts) {
      let number = this.#numbers.get(text) ?? fresh.get(text)
      if (number === undefined) {
        number = this.#numbers.size + fresh.size + 1
        fresh.set(text, number)
        end = encodeShared(buffer, end, { number, text }, this.seed)
      }
      numbers.push(number)
    }
    return { numbers, end }
  }

  /** Shared texts that have been written need not be written again. */
  keep(fresh: NewTexts): void {
    for (const [text, number] of fresh) this.#numbers.set(text, number)
  }

  /** Writes whole frames at the end. Throws the system's error, and nothing has been added then. */
  append(bytes: Uint8Array): void {
    const { end } = this
    this.write(bytes, end)
    this.end = end + bytes.length
  }

  /** `append` in the thread pool. Nothing else may be appended until it has settled. */
  async appendLater(bytes: Uint8Array): Promise<void> {
    const { end } = this
    await this.writeLater(bytes, end)
    this.end = end + bytes.length
  }

  /** Writes at a place. Throws the system's error. */
  write(bytes: Uint8Array, at: number): void {
    writeAllSync(this.#files, this.#handle, this.#sealed(bytes, at), at)
  }

  /** Writes at a place in the thread pool. Rejects with the system's error. */
  async writeLater(bytes: Uint8Array, at: number): Promise<void> {
    this.#pending++
    try {
      await writeAll(this.#files, this.#handle, this.#sealed(bytes, at), at)
    } finally {
      this.#settled()
    }
  }

  /** Waits until what was written before is on the disk. Rejects with the system's error. */
  async sync(): Promise<void> {
    this.#pending++
    try {
      await new Promise<void>((resolve, reject) => {
        this.#files.fdatasync(this.#handle, (error) => (error ? reject(error) : resolve()))
      })
    } finally {
      this.#settled()
    }
  }

  /** Lets go of the file, after the writes under way. */
  close(): void {
    this.#isClosing = true
    if (this.#pending > 0 || this.#fd === undefined) return
    const fd = this.#fd
    this.#fd = undefined
    this.#files.closeSync(fd)
  }

  get #handle(): number {
    if (this.#fd === undefined) throw new Error('the segment is closed')
    return this.#fd
  }

  #sealed(bytes: Uint8Array, at: number): Uint8Array {
    return this.#cipher ? this.#cipher.encrypt(bytes, at) : bytes
  }

  #settled(): void {
    this.#pending--
    if (this.#isClosing) this.close()
  }
}

/** Shared texts that are about to be written, with their numbers. */
export type NewTexts = Map<string, number>

/** What `Segment.share` found and encoded. */
export interface SharedNumbers {
  readonly numbers: readonly number[]
  /** Where the texts end in the buffer. */
  readonly end: number
}
