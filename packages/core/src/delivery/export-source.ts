import type { Journal } from '../journal/journal.ts'
import {
  parseRecord,
  recordSize,
  type SealedContent,
  type SealedPart,
  type SealedRecord
} from '../record/sealed-record.ts'
import type { DeliverySettings } from './exporter-options.ts'

/** Records of a journal that go out together. */
export interface Batch {
  /** Frozen copies of those that the exporter wants; may be none. */
  readonly records: readonly SealedRecord[]
  /** Index behind the last record that was looked at. */
  readonly end: number
  /** Whether it is certain that nothing follows now. */
  readonly isLast: boolean
  /** Records before the first one that the journal no longer has. */
  readonly dropped: number
}

/** Records looked at for one batch, however few of them are wanted. */
const LOOKED_AT = 2_000

/** Reads batches out of a journal, keeping its place in it between them. */
export class ExportSource {
  readonly #journal: Journal
  readonly #settings: DeliverySettings
  #iterator: AsyncIterator<SealedRecord> | undefined
  #next = 0
  /** Read already, and too much for the batch before. */
  #ahead: SealedRecord | undefined

  constructor(journal: Journal, settings: DeliverySettings) {
    this.#journal = journal
    this.#settings = settings
  }

  /** The records from `from` on, up to `end` where it is given, and what fits in a batch. */
  async take(from: number, end = Number.POSITIVE_INFINITY): Promise<Batch> {
    if (this.#next !== from) await this.reset()
    const { batchSize, batchBytes } = this.#settings
    const records: SealedRecord[] = []
    let [next, dropped, bytes, isLast] = [from, 0, 0, false]
    for (let looked = 0; looked < LOOKED_AT && records.length < batchSize; looked++) {
      const sealed = await this.#peek(next)
      isLast = sealed === undefined
      if (sealed === undefined || sealed.index >= end) break
      // A hole is found again at the beginning of the next batch.
      if (sealed.index > next && looked > 0) break
      const size = this.#wants(sealed) ? recordSize(sealed) : 0
      if (records.length > 0 && bytes + size > batchBytes) break
      if (size > 0) records.push(copyOf(sealed, this.#settings.contents))
      bytes += size
      dropped += sealed.index - next
      next = sealed.index + 1
      this.#ahead = undefined
    }
    this.#next = next
    if (isLast) this.#iterator = undefined
    return { records: Object.freeze(records), end: next, isLast, dropped }
  }

  /** Lets go of what is held of the journal. */
  async reset(): Promise<void> {
    const iterator = this.#iterator
    this.#iterator = undefined
    this.#ahead = undefined
    await iterator?.return?.()
  }

  /** Makes the next batch let go of what is held, and read it again. */
  forget(): void {
    this.#next = -1
    // One that cannot be closed is of no use any more.
    this.reset().catch(() => undefined)
  }

  async #peek(from: number): Promise<SealedRecord | undefined> {
    if (this.#ahead) return this.#ahead
    this.#iterator ??= this.#journal.read(from)[Symbol.asyncIterator]()
    const { done, value } = await this.#iterator.next()
    if (!done) this.#ahead = value
    return this.#ahead
  }

  #wants(sealed: SealedRecord): boolean {
    const { kinds, stages } = this.#settings
    if (!kinds && !stages) return true
    const { kind, stage } = parseRecord(sealed)
    return (kinds?.includes(kind) ?? true) && (stages?.includes(stage) ?? true)
  }
}

/** Whatever an exporter does to its copy, the journal and other exporters keep theirs. */
function copyOf({ index, leafHash, header, contents }: SealedRecord, all: boolean): SealedRecord {
  const copies = all ? contents.map(copyContent) : []
  return Object.freeze({
    index,
    leafHash: new Uint8Array(leafHash),
    header,
    contents: Object.freeze(copies)
  })
}

function copyContent({ name, type, salt, body, parts, at }: SealedContent): SealedContent {
  return Object.freeze({
    name,
    type,
    salt: new Uint8Array(salt),
    ...(body && { body: new Uint8Array(body) }),
    ...(parts && { parts: Object.freeze(parts.map(copyPart)) }),
    ...(at !== undefined && { at })
  })
}

function copyPart({ salt, body, commitment }: SealedPart): SealedPart {
  return Object.freeze({
    ...(salt && { salt: new Uint8Array(salt) }),
    ...(body && { body: new Uint8Array(body) }),
    ...(commitment && { commitment: new Uint8Array(commitment) })
  })
}
