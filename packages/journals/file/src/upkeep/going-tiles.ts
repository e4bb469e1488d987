import {
  type AuditRecord,
  type IndexRange,
  IndexRanges,
  isOwnWord,
  parseRecord,
  type StoredRecord
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'

/**
 * The tiles of which all has come to its time. Most of their records go; what the log says of itself stays, and so does a
 * call that has not ended, the end of one of which the beginning stays, and what is said of one that stays.
 */
export class GoingTiles {
  readonly #ranges = new IndexRanges()
  readonly #read: () => AsyncIterable<StoredRecord>
  /** Records of these tiles that stay. */
  readonly #staying = new Set<number>()
  readonly #counts = new Map<number, { records: number; bytes: number }>()
  #lastGoing = -1

  /** @param read Reads all records of the log in order. */
  constructor(read: () => AsyncIterable<StoredRecord>) {
    this.#read = read
  }

  /** Adds some: the index of the first record of the first, and the one behind the last. */
  add(range: IndexRange): void {
    this.#ranges.add(range)
  }

  /** The index of the last record that goes; -1 where none does. */
  get lastGoing(): number {
    return this.#lastGoing
  }

  /** How many records go, of how many tiles, and the bytes of their headers. */
  get counts(): { readonly records: number; readonly tiles: number; readonly bytes: number } {
    const sum = { records: 0, tiles: 0, bytes: 0 }
    for (const { records, bytes } of this.#counts.values()) {
      sum.tiles++
      sum.records += records
      sum.bytes += bytes
    }
    return sum
  }

  /** Whether a record goes. */
  goes(index: number): boolean {
    return this.#ranges.has(index) && !this.#staying.has(index)
  }

  /** Whether one of the records from an index on, up to before another, goes. */
  goesIn(from: number, to: number): boolean {
    const end = Math.min(to, this.#lastGoing + 1)
    for (let index = from; index < end; index++) if (this.goes(index)) return true
    return false
  }

  /** How many records of a tile go. */
  recordsOf(tile: number): number {
    return this.#counts.get(tile)?.records ?? 0
  }

  /** Finds the records that stay, once all tiles are added. Rejects as reading the log does. */
  async settle(): Promise<void> {
    if (this.#end === 0) return
    const questions = await this.#ask()
    if (questions.size > 0) await this.#answer(questions)
    for await (const { index, header } of this.#read()) {
      if (index >= this.#end) break
      if (!this.goes(index)) continue
      const tile = Math.floor(index / TILE_WIDTH)
      const counts = this.#counts.get(tile) ?? { records: 0, bytes: 0 }
      this.#counts.set(tile, counts)
      counts.records++
      counts.bytes += header.length
      this.#lastGoing = index
    }
  }

  /** The index behind the last record of the tiles. */
  get #end(): number {
    return this.#ranges.all.at(-1)?.[1] ?? 0
  }

  /** Looks at the tiles, and keeps what can be told from what stands before it. Resolves to what else decides. */
  async #ask(): Promise<Map<string, Question>> {
    const begun = new Set<string>()
    const questions = new Map<string, Question>()
    for await (const sealed of this.#read()) {
      const { index } = sealed
      if (index >= this.#end) break
      const record = parseRecord(sealed)
      const { auditId, stage } = record
      if (!this.#ranges.has(index)) {
        // Its end is not meant either.
        if (stage === 'received') begun.add(auditId)
        else if (stage !== 'event') begun.delete(auditId)
      } else if (isOwnWord(record)) this.#staying.add(index)
      else if (stage === 'event') questionOf(questions, record.parent ?? '').about.push(index)
      else if (stage === 'received') questionOf(questions, auditId).received = index
      else if (begun.delete(auditId)) this.#staying.add(index)
      else {
        const question = questions.get(auditId)
        if (question) question.received = undefined
        if (question?.about.length === 0) questions.delete(auditId)
      }
    }
    return questions
  }

  /** Keeps calls that have no end in all of the log, and what is said of calls of which something stays. */
  async #answer(questions: ReadonlyMap<string, Question>): Promise<void> {
    const ended = new Set<string>()
    const left = new Set<string>()
    for await (const sealed of this.#read()) {
      const { auditId, stage }: AuditRecord = parseRecord(sealed)
      if (!questions.has(auditId)) continue
      if (stage !== 'received') ended.add(auditId)
      if (!this.#ranges.has(sealed.index)) left.add(auditId)
    }
    for (const [auditId, { received, about }] of questions) {
      const isOpen = received !== undefined && !ended.has(auditId)
      if (isOpen) this.#staying.add(received)
      if (isOpen || left.has(auditId)) for (const index of about) this.#staying.add(index)
    }
  }
}

/** What decides about some records of the tiles: the other records of a call. */
interface Question {
  /** The beginning of the call, where its end has not been seen. */
  received: number | undefined
  /** Records about it. */
  readonly about: number[]
}

function questionOf(questions: Map<string, Question>, auditId: string): Question {
  const question = questions.get(auditId) ?? { received: undefined, about: [] }
  questions.set(auditId, question)
  return question
}
