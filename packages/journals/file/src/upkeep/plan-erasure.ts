import {
  type HeldBack,
  HeldRecords,
  parseRecord,
  piecesOf,
  type RecordScope,
  ScopedRecords,
  type SealedRecord,
  type StoredPiece,
  scopeOf
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { Cipher } from '../format/age.ts'
import { readDirectory } from '../journal/read-directory.ts'
import { activeHolds } from './holds.ts'

/** Which records of a log are meant by an erasure. */
export interface ErasureAsk {
  readonly directory: string
  readonly decrypt: Cipher
  /** As headers have it, by each name of its user; none where a redaction means all records. */
  readonly scopes: readonly RecordScope[]
  /** Records from this index on are not meant. */
  readonly until: number
  /** Commitments that records of this erasure name already, where it was cut short. */
  readonly recorded?: ReadonlySet<string>
  /** Of a redaction: the commitments of what is looked for in a record that is meant; all of it goes unless given. */
  readonly found?: (sealed: SealedRecord) => readonly string[]
}

/** What an erasure takes out of a log in files, as the log was when it was read. */
export class ErasurePlan {
  readonly report = { calls: 0, records: 0, contents: 0, bytes: 0, sharing: 0 }
  heldBack: HeldBack = { held: 0, incidents: [] }
  /** How many holds are in force. */
  holds = 0
  /** Records that lose something. */
  readonly concerned = new Set<number>()
  readonly #ask: ErasureAsk
  readonly #free = new Set<number>()
  /** Parts that go, wherever they are, and those that records under a hold need. */
  readonly #parts: Set<string>
  readonly #keptParts = new Set<string>()
  /** Contents in one piece that a redaction takes. */
  readonly #only = new Set<string>()

  private constructor(ask: ErasureAsk) {
    this.#ask = ask
    this.#parts = new Set(ask.recorded)
  }

  /** Reads a log from its beginning, several times. Rejects as reading it does. */
  static async of(ask: ErasureAsk): Promise<ErasurePlan> {
    const plan = new ErasurePlan(ask)
    await plan.#findRecords()
    const conversations = await plan.#findPieces()
    if (plan.#parts.size > 0) await plan.#findSharing(conversations)
    return plan
  }

  /** What a record loses. */
  lostIn(sealed: SealedRecord): StoredPiece[] {
    const isFree = this.isFree(sealed.index)
    const goes = (commitment: string) => !this.#ask.found || this.#only.has(commitment)
    return piecesOf(sealed, nodeSha256).filter(({ isPart, commitment }) =>
      isPart
        ? this.#parts.has(commitment) && !this.#keptParts.has(commitment)
        : isFree && goes(commitment)
    )
  }

  /** Whether a record is meant, and no hold keeps it. */
  isFree(index: number): boolean {
    return this.#free.has(index)
  }

  /** Which records are meant, and no hold keeps. */
  async #findRecords(): Promise<void> {
    const { directory, decrypt, scopes, until, found } = this.#ask
    const holds = await activeHolds(directory, decrypt)
    this.holds = holds.length
    const held = new HeldRecords(holds)
    const all = found && scopes.length === 0
    const scoped = (all ? [undefined] : scopes).map((scope) => new ScopedRecords(scope))
    for await (const sealed of this.#records()) {
      const record = parseRecord(sealed)
      held.add(sealed.index, record)
      if (sealed.index >= until) continue
      for (const each of scoped) each.add(sealed.index, record)
    }
    const kept = held.indices
    const meant = new Set(scoped.flatMap((each) => [...each.indices()]))
    for (const index of meant) if (!kept.has(index)) this.#free.add(index)
    this.heldBack = held.among(meant)
    this.report.records = this.#free.size
    if (kept.size === 0) return
    for await (const sealed of this.#records()) {
      if (!kept.has(sealed.index)) continue
      for (const { isPart, commitment } of piecesOf(sealed, nodeSha256)) {
        if (isPart) this.#keptParts.add(commitment)
      }
    }
  }

  /** What of these records there is to go; resolves to the conversations whose records may share parts of it. */
  async #findPieces(): Promise<ReadonlySet<string>> {
    const calls = new Set<string>()
    const conversations = new Set<string>()
    for await (const sealed of this.#records()) {
      if (!this.#free.has(sealed.index)) continue
      const record = parseRecord(sealed)
      if (record.stage !== 'event') calls.add(record.auditId)
      const conversation = scopeOf(record)
      if (conversation !== undefined) conversations.add(conversation)
      for (const piece of this.#going(sealed)) {
        const { isPart, commitment, bytes } = piece
        if (isPart && this.#keptParts.has(commitment)) continue
        this.concerned.add(sealed.index)
        if (isPart && this.#parts.has(commitment)) continue
        if (isPart) this.#parts.add(commitment)
        this.report.contents++
        this.report.bytes += bytes
      }
    }
    this.report.calls = calls.size
    return conversations
  }

  /** The pieces of a record that is meant which are to go. */
  #going(sealed: SealedRecord): StoredPiece[] {
    const pieces = piecesOf(sealed, nodeSha256)
    if (!this.#ask.found) return pieces
    const found = new Set(this.#ask.found(sealed))
    for (const commitment of found) this.#only.add(commitment)
    return pieces.filter(
      ({ isPart, commitment }) => found.has(commitment) || (isPart && this.#parts.has(commitment))
    )
  }

  async #findSharing(conversations: ReadonlySet<string>): Promise<void> {
    for await (const sealed of this.#records()) {
      if (this.#free.has(sealed.index) || sealed.index >= this.#ask.until) continue
      const conversation = scopeOf(parseRecord(sealed))
      if (conversation === undefined || !conversations.has(conversation)) continue
      if (this.lostIn(sealed).length === 0) continue
      this.concerned.add(sealed.index)
      this.report.sharing++
    }
  }

  #records(): AsyncGenerator<SealedRecord> {
    return readDirectory(this.#ask.directory, this.#ask.decrypt)
  }
}
