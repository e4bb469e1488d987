import { toHex } from '../../base/hex.ts'
import { encryptedWith } from '../../journal/join-parts.ts'
import { ANNOTATION } from '../../record/annotation-record.ts'
import type { AuditRecord } from '../../record/record.ts'
import { CONTENTS_REDACTED } from '../../record/redaction-record.ts'
import { parseRecord, type SealedContent, type SealedRecord } from '../../record/sealed-record.ts'
import { annotationText, readAnnotation } from '../annotations.ts'
import type { FilteredCall } from '../filter/matches-filter.ts'
import { callDocument, type IndexedRecord } from '../indexed/call-document.ts'
import { type CallRow, callRow } from '../indexed/call-query.ts'
import type { FacetValue } from '../indexed/listed-facets.ts'
import { bodyHolds, wordBody } from '../indexed/word-body.ts'
import { withRedacted } from '../redacted-contents.ts'
import type { KeptRecords } from './kept-records.ts'

/** A call as it is held for filters and lists. */
export class WalkedCall implements FilteredCall {
  readonly auditId: string
  /** The indices of its records, ascending. */
  readonly indices: number[] = []
  /** The indices of records about it: annotations and redactions. */
  readonly about: number[] = []
  readonly annotations: AuditRecord[] = []
  /** The newest part that was stored before it. */
  readonly partsBefore: number
  header: AuditRecord
  row!: CallRow
  facets: readonly FacetValue[] = []
  #own = ''
  /** The words of what annotations say of it, by the index of each. */
  readonly #said = new Map<number, string>()

  /** The key of something that it says and that the reader has no key of. */
  encrypted: string | undefined

  constructor(header: AuditRecord, partsBefore: number) {
    this.auditId = header.auditId
    this.header = header
    this.partsBefore = partsBefore
  }

  get id(): number {
    return this.indices[0] ?? 0
  }

  get receivedAt(): string {
    return new Date(this.row.received_at).toISOString()
  }

  /** Its words, as `wordBody` has them. */
  get body(): string {
    return this.#own + [...this.#said.values()].join('')
  }

  holds(words: string, isPrefix: boolean): boolean {
    return bodyHolds(this.body, words, isPrefix)
  }

  /** Takes what its records say. */
  fill(records: readonly [IndexedRecord, ...IndexedRecord[]]): void {
    const document = callDocument(records, this.partsBefore)
    const { header, facets, texts } = document
    // The commitments are most of a header, and no filter looks at them.
    this.header = { ...header, log: { ...header.log, contents: {} } }
    this.row = callRow(document)
    this.facets = facets
    const contents = records.flatMap((record) => record.contents)
    this.encrypted = contents.flatMap((each) => encryptedWith(each) ?? [])[0]
    this.#own = wordBody(texts)
  }

  /** Takes what an annotation says of it; again where that has another form. */
  annotate(sealed: SealedRecord, header: AuditRecord): void {
    if (!this.#said.has(sealed.index)) this.annotations.push(header)
    const { says = {} } = readAnnotation(sealed, header) ?? {}
    this.#said.set(sealed.index, wordBody([annotationText(says)]))
  }
}

/** The calls of a log, in memory: read once, and gone on with as the log grows. */
export class WalkedCalls {
  readonly #kept: KeptRecords
  readonly #calls = new Map<string, WalkedCall>()
  /** Records of calls that have not ended. */
  readonly #open = new Map<string, IndexedRecord[]>()
  /** The place of each part of contents, by its salt, in the order in which they came. */
  readonly #parts = new Map<string, number>()
  readonly #keys: string[] = []
  #size = 0

  constructor(kept: KeptRecords) {
    this.#kept = kept
  }

  /** Records that were taken in. */
  get size(): number {
    return this.#size
  }

  /** The log's keys as its records gave them. */
  get keys(): readonly string[] {
    return this.#keys
  }

  /** All of them and records of other kinds, by the index of their first record. */
  all(): Iterable<WalkedCall> {
    return this.#calls.values()
  }

  /** One by its auditId. */
  get(auditId: string): WalkedCall | undefined {
    return this.#calls.get(auditId)
  }

  /** Takes the next record in. */
  async add(sealed: SealedRecord): Promise<void> {
    this.#size = sealed.index + 1
    const header = parseRecord(sealed)
    const { auditId, stage, kind, parent } = header
    if (kind === 'key.added' && header.event?.key !== undefined) {
      this.#keys.push(String(header.event.key))
    }
    this.#kept.keep(sealed)
    let call = this.#calls.get(auditId)
    if (!call) {
      call = new WalkedCall(header, this.#parts.size)
      this.#calls.set(auditId, call)
    }
    call.indices.push(sealed.index)
    const records = this.#open.get(auditId) ?? (await this.#earlier(call))
    records.push({ index: sealed.index, header, contents: this.#placed(sealed.contents) })
    const [first, ...rest] = records
    if (first) call.fill([first, ...rest])
    if (stage === 'received') this.#open.set(auditId, records)
    else this.#open.delete(auditId)
    const about = parent === undefined ? undefined : this.#calls.get(parent)
    if (about && stage === 'event') await this.#tell(about, sealed, header)
  }

  async #tell(about: WalkedCall, sealed: SealedRecord, header: AuditRecord): Promise<void> {
    if (header.kind === ANNOTATION) about.annotate(sealed, header)
    else if (header.kind !== CONTENTS_REDACTED) return
    about.about.push(sealed.index)
    if (header.kind !== CONTENTS_REDACTED) return
    const own = await this.#kept.at(about.indices)
    const redactions = await this.#kept.at(about.about)
    const shown = withRedacted(own, redactions)
    const [first, ...rest] = shown.map((each) => this.#indexed(each))
    if (!first) return
    about.fill([first, ...rest])
    const call = this.#calls.get(about.header.parent ?? '')
    if (about.header.kind !== ANNOTATION || !call) return
    for (const each of shown) call.annotate(each, parseRecord(each))
  }

  /** The indices of the records of a call, of those about it, and of what redactions have left of these. */
  indicesOf({ indices, about, annotations }: WalkedCall): number[] {
    const left = annotations.flatMap(({ auditId }) => this.#calls.get(auditId)?.about ?? [])
    return [...indices, ...about, ...left]
  }

  /** The records about a call as readers see them, of those at `indicesOf` it. */
  saidOf({ about }: WalkedCall, records: ReadonlyMap<number, SealedRecord>): SealedRecord[] {
    const at = (indices: readonly number[]) => indices.flatMap((index) => records.get(index) ?? [])
    return at(about).flatMap((sealed) => {
      const redactions = this.#calls.get(parseRecord(sealed).auditId)?.about ?? []
      return withRedacted([sealed], at(redactions))
    })
  }

  /** The records of a call that has ended, where another one of it comes. */
  async #earlier({ indices }: WalkedCall): Promise<IndexedRecord[]> {
    if (indices.length < 2) return []
    const records = await this.#kept.at(indices.slice(0, -1))
    return records.map((each) => this.#indexed(each))
  }

  #indexed(sealed: SealedRecord): IndexedRecord {
    const { index, contents } = sealed
    return { index, header: parseRecord(sealed), contents: this.#placed(contents) }
  }

  /** Contents with the places of their parts: earlier calls are found by the words of parts that they brought. */
  #placed(contents: readonly SealedContent[]): readonly SealedContent[] {
    return contents.map((content) => {
      const { parts } = content
      if (!parts) return content
      const ids = parts.map(({ salt }) => {
        if (!salt) return 0
        const key = toHex(salt)
        const known = this.#parts.get(key) ?? this.#parts.size + 1
        this.#parts.set(key, known)
        return known
      })
      return { ...content, ids }
    })
  }
}
