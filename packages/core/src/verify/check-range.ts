import { toHex } from '../base/hex.ts'
import { type Hash, sha256 } from '../base/sha256.ts'
import { encryptedWith, isGone } from '../journal/join-parts.ts'
import { CONTENTS_ERASED, readErasure } from '../record/erasure-record.ts'
import type { AuditRecord } from '../record/record.ts'
import { type Aging, RECORDS_PRUNED, readAging } from '../record/retention-record.ts'
import { parseRecord, type SealedContent } from '../record/sealed-record.ts'
import { LOG_UNSIGNED, readUnsigned } from '../record/unsigned-record.ts'
import { hashWithin, TILE_WIDTH } from '../tlog/tiles.ts'
import { HASH_BYTES } from '../tlog/tree.ts'
import type { RecordFlaw } from './flaw.ts'
import { Inspector } from './inspect-record.ts'
import { addsKey } from './key-history.ts'
import { LossCount } from './loss-count.ts'
import type { HeaderFacts } from './read-plain-header.ts'
import type { SignedLate } from './report.ts'
import type {
  AgedRange,
  RangeFindings,
  RangeSource,
  StoredLog,
  StoredRecord
} from './stored-log.ts'

/**
 * Checks records `from` to `to` - 1 one by one: place, leaf, contents. Ranges of one log can be
 * checked at the same time; `verifyLog` puts them together.
 */
export function checkRange(
  records: Iterable<StoredRecord>,
  origin: string,
  from: number,
  to: number,
  hash: Hash = sha256
): RangeFindings {
  const range = new Range(origin, from, to, hash)
  for (const sealed of records) if (!range.add(sealed)) break
  return range.findings()
}

/** Records in one range: between two ranges the event loop gets its turn. */
const SLICE = 2 * TILE_WIDTH

/** Checks a log's records from an index on, in ranges that follow each other. */
export function checkRanges(
  { origin, size, records }: Pick<StoredLog, 'origin' | 'size' | 'records'>,
  fromIndex: number,
  hash?: Hash
): RangeSource {
  const source = records(fromIndex)[Symbol.iterator]()
  let from = fromIndex
  return async () => {
    if (from >= size) return undefined
    const to = Math.min(size, (Math.floor(from / SLICE) + 1) * SLICE)
    let left = to - from
    const next = () => (left-- > 0 ? source.next() : ({ done: true, value: undefined } as const))
    const findings = checkRange({ [Symbol.iterator]: () => ({ next }) }, origin, from, to, hash)
    from = to
    return findings
  }
}

class Range {
  readonly #origin: string
  readonly #from: number
  readonly #to: number
  readonly #hash: Hash
  readonly #inspector: Inspector
  readonly #leaves: Uint8Array
  readonly #times: Float64Array
  readonly #keys: { readonly index: number; readonly record: AuditRecord }[] = []
  readonly #opened = new Set<string>()
  readonly #ended: string[] = []
  #next: number
  #flaw: RecordFlaw | undefined
  readonly #losses = new LossCount()
  #absentContents = 0
  #encryptedContents = 0
  readonly #signedLate: SignedLate[] = []
  readonly #gone = new Map<string, number>()
  readonly #erased: string[] = []
  readonly #aged: { readonly kind: Aging; readonly range: [number, number] }[] = []
  readonly #aging: AgedRange[] = []

  constructor(origin: string, from: number, to: number, hash: Hash) {
    this.#origin = origin
    this.#from = from
    this.#to = to
    this.#next = from
    this.#hash = hash
    this.#inspector = new Inspector(hash, origin)
    this.#leaves = new Uint8Array((to - from) * HASH_BYTES)
    this.#times = new Float64Array(to - from)
  }

  /** False when the range ends here. */
  add(sealed: StoredRecord): boolean {
    const index = this.#next
    if (sealed.index !== index || index >= this.#to) return false
    if (sealed.aged) this.#noteAged(sealed.aged, index)
    if (sealed.aged === RECORDS_PRUNED) return this.#addPruned(sealed)
    const { flaw, facts, record } = this.#inspector.inspect(sealed, index)
    this.#flaw = flaw ?? (facts && this.#misplaced(sealed, index, facts, record))
    if (this.#flaw || !facts) return false
    this.#leaves.set(sealed.leafHash, (index - this.#from) * HASH_BYTES)
    this.#times[index - this.#from] = Date.parse(facts.sealedAt ?? facts.at)
    for (const content of sealed.contents) {
      if (encryptedWith(content) !== undefined) this.#encryptedContents++
      if (!isGone(content)) continue
      this.#absentContents++
      if (!sealed.aged) this.#miss(content, index, record)
    }
    this.#count(sealed, facts)
    this.#next++
    return true
  }

  /** What is left of a record that retention took is its hash, which the tree above holds in its place. */
  #addPruned({ leafHash }: StoredRecord): boolean {
    this.#leaves.set(leafHash, (this.#next - this.#from) * HASH_BYTES)
    this.#times[this.#next - this.#from] = Number.NaN
    this.#next++
    return true
  }

  #noteAged(kind: Aging, index: number): void {
    const last = this.#aged.findLast((each) => each.kind === kind)
    if (last && last.range[1] === index) last.range[1] = index + 1
    else this.#aged.push({ kind, range: [index, index + 1] })
  }

  /** A record that had to be parsed may say that it is of another log. */
  #misplaced({ filedAs }: StoredRecord, index: number, facts: HeaderFacts, record?: AuditRecord) {
    const { auditId, stage } = facts
    if (record && record.log.origin !== this.#origin) {
      const detail = `the record is of the log ${record.log.origin}`
      return { index, kind: 'moved', detail } as const
    }
    if (!filedAs || (filedAs.auditId === auditId && filedAs.stage === stage)) return undefined
    const detail = `the record is filed as ${filedAs.auditId} ${filedAs.stage}`
    return { index, kind: 'moved', detail } as const
  }

  /** Notes what of a content is gone, by the commitment that stays of it. */
  #miss({ name, parts }: SealedContent, index: number, record: AuditRecord | undefined): void {
    const commitments = parts
      ? parts.flatMap(({ body, commitment, encrypted }) =>
          body || encrypted || !commitment ? [] : toHex(commitment)
        )
      : [record?.log.contents[name]?.commitment ?? '']
    for (const each of commitments) if (!this.#gone.has(each)) this.#gone.set(each, index)
  }

  #count(sealed: StoredRecord, { auditId, kind, stage }: HeaderFacts): void {
    if (addsKey({ kind, stage })) {
      this.#keys.push({ index: sealed.index, record: parseRecord(sealed) })
    }
    if (kind === 'gap') {
      this.#losses.addGap(parseRecord(sealed).event)
    }
    if (kind === LOG_UNSIGNED && stage === 'event') {
      this.#signedLate.push({ index: sealed.index, ...readUnsigned(sealed) })
    }
    if (kind === CONTENTS_ERASED && stage === 'event') {
      for (const each of readErasure(sealed).commitments) this.#erased.push(each)
    }
    const aging = stage === 'event' ? readAging(sealed) : undefined
    for (const range of aging?.ranges ?? []) {
      if (aging) this.#aging.push({ kind: aging.kind, range })
    }
    if (stage === 'received') this.#opened.add(auditId)
    else if (stage !== 'event' && !this.#opened.delete(auditId)) this.#ended.push(auditId)
  }

  findings(): RangeFindings {
    const count = this.#next - this.#from
    if (!this.#flaw && this.#next < this.#to) {
      const detail = 'the record is not in the store, later ones are'
      this.#flaw = { index: this.#next, kind: 'missing', detail }
    }
    return {
      from: this.#from,
      ...(this.#flaw && { flaw: this.#flaw }),
      leaves: this.#leaves.subarray(0, count * HASH_BYTES),
      tiles: this.#tiles(),
      times: this.#times.subarray(0, count),
      keys: this.#keys,
      ...this.#losses.losses,
      signedLate: this.#signedLate,
      absentContents: this.#absentContents,
      encryptedContents: this.#encryptedContents,
      gone: [...this.#gone],
      erased: this.#erased,
      aged: this.#aged,
      aging: this.#aging,
      opened: [...this.#opened],
      ended: this.#ended
    }
  }

  #tiles(): Uint8Array {
    const hashes: Uint8Array[] = []
    let first = Math.ceil(this.#from / TILE_WIDTH) * TILE_WIDTH
    for (; first + TILE_WIDTH <= this.#next; first += TILE_WIDTH) {
      hashes.push(hashWithin(this.#leaves, first - this.#from, TILE_WIDTH, this.#hash))
    }
    const tiles = new Uint8Array(hashes.length * HASH_BYTES)
    hashes.forEach((each, at) => {
      tiles.set(each, at * HASH_BYTES)
    })
    return tiles
  }
}
