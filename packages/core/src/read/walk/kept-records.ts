import type { SealedRecord } from '../../record/sealed-record.ts'
import type { WalkedLog } from './walked-log.ts'

/** Bytes of headers and contents that are kept beside the log. */
const MOST_BYTES = 2 ** 28

/** The newest records of a log as they were read, for those who ask for some of them again. */
export class KeptRecords {
  readonly #log: Pick<WalkedLog, 'records'>
  readonly #most: number
  readonly #kept = new Map<number, SealedRecord>()
  /** Goes on where it was: each walk from the beginning would step over the places of all that went since. */
  readonly #oldest = this.#kept.entries()
  #bytes = 0

  constructor(log: Pick<WalkedLog, 'records'>, most = MOST_BYTES) {
    this.#log = log
    this.#most = most
  }

  /** Keeps a record, and lets go of the oldest for it. */
  keep(record: SealedRecord): void {
    this.#kept.set(record.index, record)
    this.#bytes += sizeOf(record)
    while (this.#bytes > this.#most) {
      const { value } = this.#oldest.next()
      if (!value) break
      const [index, oldest] = value
      this.#kept.delete(index)
      this.#bytes -= sizeOf(oldest)
    }
  }

  /** Records by their indices, in order: in one walk through the log where some are not kept. */
  async at(indices: readonly number[]): Promise<SealedRecord[]> {
    const sorted = [...new Set(indices)].sort((one, other) => one - other)
    const found = new Map(sorted.map((index) => [index, this.#kept.get(index)]))
    const missing = sorted.filter((index) => found.get(index) === undefined)
    const last = missing.at(-1)
    if (last !== undefined) {
      for await (const record of this.#log.records(missing[0] ?? 0)) {
        if (record.index > last) break
        if (found.has(record.index)) found.set(record.index, record)
        if (record.index === last) break
      }
    }
    return [...found.values()].filter((record) => record !== undefined)
  }
}

function sizeOf({ header, contents }: SealedRecord): number {
  const bytes = contents.flatMap(({ body, parts = [] }) => [
    body,
    ...parts.map((part) => part.body)
  ])
  return bytes.reduce((sum, body) => sum + (body?.length ?? 0), header.length)
}
