import { messageOf } from './error.ts'
import type { SealedRecord } from './journal.ts'
import { KEY_ADDED, KeyHistory } from './key-history.ts'
import type { VerifyOptions, VerifyReport } from './reader.ts'
import type { AuditRecord } from './record.ts'
import { inspectRecord, type RecordFlaw } from './seal.ts'
import { type Checkpoint, parseCheckpoint } from './tlog/checkpoint.ts'
import { Frontier } from './tlog/frontier.ts'
import { formatVerifierKey } from './tlog/key.ts'
import type { Note } from './tlog/note.ts'
import { checkPolicy } from './tlog/policy.ts'
import type { Hash } from './tlog/sha256.ts'
import { hashReader, type ReadTile, TILE_HEIGHT, TILE_WIDTH, tilesOf } from './tlog/tiles.ts'
import { HASH_BYTES, type ReadHash, rootOf, sameBytes } from './tlog/tree.ts'

/** A stored log as verification reads it: bytes, and nothing derived from them. */
export interface StoredLog {
  readonly origin: string
  /** Records stored: one more than the largest index. */
  readonly size: number
  /** Records in order; a missing one is left out. The leaf hash is the one in the tile. */
  records(fromIndex: number): Iterable<SealedRecord>
  /** A tile's hashes; empty when it is not there. */
  readonly readTile: ReadTile
  /** Signed checkpoints with their cosignatures, and the size they are stored under, ascending. */
  checkpoints(): Iterable<{ readonly size: number; readonly note: string }>
  /** The records before `index` that added keys. */
  keyRecords(index: number): Iterable<SealedRecord>
}

/** A wall clock that goes back by less is taken for its correction. */
const CLOCK_TOLERANCE_MS = 60_000
/** Records between two returns to the event loop. */
const SLICE = 512

/**
 * Recomputes a log from its stored bytes: each record against its leaf and its contents, each node
 * of the tree, each checkpoint's root, signature and key. Stops at the first flaw, which the report
 * then names.
 */
export async function verifyLog(
  log: StoredLog,
  options: VerifyOptions = {},
  hash?: Hash
): Promise<VerifyReport> {
  const verification = new Verification(log, options, hash)
  try {
    await verification.run()
    return verification.report()
  } catch (error) {
    if (error instanceof Found) return verification.report(error.flaw)
    throw error
  }
}

/** Ends a verification. */
class Found extends Error {
  readonly flaw: RecordFlaw

  constructor(index: number, kind: RecordFlaw['kind'], detail: string) {
    super(detail)
    this.flaw = { index, kind, detail }
  }
}

type SignedCheckpoint = Checkpoint & { readonly note: Note; readonly signed: string }

class Verification {
  readonly #log: StoredLog
  readonly #options: VerifyOptions
  readonly #hash: Hash | undefined
  readonly #read: ReadHash
  readonly #from: number
  readonly #keys = new KeyHistory()
  readonly #open = new Set<string>()
  #frontier: Frontier
  /** Checkpoints that are still to be reached, the next one last. */
  #waiting: SignedCheckpoint[] = []
  #newest: SignedCheckpoint | undefined
  #tile = { level: -1, n: -1, hashes: new Uint8Array() as Uint8Array }
  #latest = Number.NEGATIVE_INFINITY
  readonly #counts = { checkpoints: 0, lostRecords: 0, absentContents: 0 }
  #clockSetBack: VerifyReport['clockSetBack']
  #outside: VerifyReport['outside']

  constructor(log: StoredLog, options: VerifyOptions, hash: Hash | undefined) {
    this.#log = log
    this.#options = options
    this.#hash = hash
    this.#read = hashReader(log.readTile, hash)
    this.#from = options.since?.size ?? 0
    this.#frontier = new Frontier(hash)
  }

  async run(): Promise<void> {
    const { size } = this.#log
    this.#checkWidths()
    this.#readCheckpoints()
    this.#begin()
    for (const sealed of this.#log.records(this.#from)) {
      if (sealed.index !== this.#frontier.size) break
      this.#checkRecord(sealed)
      const { size: checked } = this.#frontier
      if (this.#waiting.at(-1)?.size === checked) await this.#checkCheckpoint(this.#waiting.pop())
      if (checked % SLICE !== 0) continue
      this.#options.onProgress?.(checked - this.#from, size - this.#from)
      await this.#options.rest?.()
    }
    this.#options.onProgress?.(this.#frontier.size - this.#from, size - this.#from)
    if (this.#frontier.size !== size) {
      const detail = 'the record is not in the store, later ones are'
      throw new Found(this.#frontier.size, 'missing', detail)
    }
    const beyond = this.#waiting.at(-1)
    if (beyond) throw truncated(size, `a checkpoint says the log has ${beyond.size} records`)
    await this.#checkAgainst()
  }

  report(flaw?: RecordFlaw): VerifyReport {
    const { origin, size } = this.#log
    const newest = this.#newest
    return {
      origin,
      size,
      from: this.#from,
      checked: this.#frontier.size - this.#from,
      ...(flaw && { flaw }),
      ...this.#counts,
      ...(newest && { newestCheckpoint: newest.signed }),
      unsigned: Math.max(0, size - Math.max(newest?.size ?? 0, 0)),
      keys: this.#keys.keys.map(formatVerifierKey),
      openCalls: this.#open.size,
      ...(this.#clockSetBack && { clockSetBack: this.#clockSetBack }),
      ...(this.#outside && { outside: this.#outside })
    }
  }

  /** Tiles must be exactly as wide as the records make them. */
  #checkWidths(): void {
    const { size, readTile } = this.#log
    const next = { level: 0, n: Math.ceil(size / TILE_WIDTH) }
    if (readTile(next).length > 0) throw truncated(size, 'the tree has more leaves than records')
    for (const tile of tilesOf(size)) {
      const { level, n, width } = tile
      const first = n * TILE_WIDTH * TILE_WIDTH ** level
      const found = readTile(tile).length
      if (found < width * HASH_BYTES) {
        throw new Found(first, 'missing', `hashes of tile ${level}/${n} are not in the store`)
      }
      if (found > width * HASH_BYTES) {
        if (width < TILE_WIDTH) throw truncated(size, 'the tree has more leaves than records')
        throw new Found(first, 'changed', `tile ${level}/${n} is longer than a tile`)
      }
    }
  }

  #readCheckpoints(): void {
    let last = this.#from
    for (const { size, note: signed } of this.#log.checkpoints()) {
      if (size <= this.#from) continue
      let parsed: ReturnType<typeof parseCheckpoint>
      try {
        parsed = parseCheckpoint(signed)
      } catch (error) {
        throw new Found(last, 'bad signature', `the checkpoint of ${size}: ${messageOf(error)}`)
      }
      if (parsed.size !== size || parsed.origin !== this.#log.origin) {
        const detail = `the checkpoint of size ${size} says ${parsed.origin} ${parsed.size}`
        throw new Found(last, 'bad signature', detail)
      }
      this.#waiting.push({ ...parsed, signed })
      last = size
    }
    this.#waiting.reverse()
  }

  /** Takes up the tree and the keys where an earlier verification ended. */
  #begin(): void {
    for (const { header } of this.#log.keyRecords(this.#log.size)) {
      this.#keys.mention(/"key":"([^"]+)"/.exec(header)?.[1] ?? '')
    }
    const { since } = this.#options
    if (!since) return
    if (since.size > this.#log.size) {
      throw truncated(this.#log.size, `the log once had ${since.size} records`)
    }
    this.#frontier = Frontier.load(since.size, this.#read, this.#hash)
    if (since.root && !sameBytes(this.#frontier.root(), since.root)) {
      throw new Found(
        0,
        'rewritten history',
        `the first ${since.size} records are not those of old`
      )
    }
    for (const sealed of this.#log.keyRecords(since.size)) {
      const { flaw, record } = inspectRecord(sealed, sealed.index, this.#hash)
      if (flaw) throw new Found(flaw.index, flaw.kind, flaw.detail)
      if (record) this.#addKey(sealed.index, record)
    }
  }

  #checkRecord(sealed: SealedRecord): void {
    const { index } = sealed
    const { flaw, record } = inspectRecord(sealed, index, this.#hash)
    if (flaw || !record) throw new Found(index, flaw?.kind ?? 'changed', flaw?.detail ?? '')
    if (record.log.origin !== this.#log.origin) {
      throw new Found(index, 'moved', `the record is of the log ${record.log.origin}`)
    }
    this.#frontier.append(sealed.leafHash, (level, hash) => this.#checkNode(index, level, hash))
    for (const { body } of sealed.contents) if (body === undefined) this.#counts.absentContents++
    if (record.kind === KEY_ADDED) this.#addKey(index, record)
    if (record.kind === 'gap') this.#counts.lostRecords += Number(record.event?.records ?? 0)
    if (record.stage === 'received') this.#open.add(record.auditId)
    else if (record.stage !== 'event') this.#open.delete(record.auditId)
    this.#checkClock(index, Date.parse(record.at))
  }

  /** Compares a complete subtree's hash with the tile that stores it. */
  #checkNode(index: number, level: number, hash: Uint8Array): void {
    if (level === 0 || level % TILE_HEIGHT !== 0) return
    const place = Math.floor(index / 2 ** level)
    const tile = { level: level / TILE_HEIGHT, n: Math.floor(place / TILE_WIDTH) }
    if (this.#tile.level !== tile.level || this.#tile.n !== tile.n) {
      this.#tile = { ...tile, hashes: this.#log.readTile(tile) }
    }
    const at = (place % TILE_WIDTH) * HASH_BYTES
    if (sameBytes(this.#tile.hashes.subarray(at, at + HASH_BYTES), hash)) return
    const detail = `tile ${tile.level}/${tile.n} differs from the hashes below it`
    throw new Found(place * 2 ** level, 'changed', detail)
  }

  #addKey(index: number, record: AuditRecord): void {
    try {
      this.#keys.add(index, record)
    } catch (error) {
      throw new Found(index, 'wrong key', messageOf(error))
    }
    const isReplaced = this.#keys.keys.length > 1 && index >= this.#from
    if (isReplaced && this.#waiting.at(-1)?.size !== index + 1) {
      throw new Found(index, 'wrong key', 'the key before it did not sign for the new key')
    }
  }

  #checkClock(index: number, at: number): void {
    const ms = this.#latest - at
    if (ms > CLOCK_TOLERANCE_MS && !this.#clockSetBack) this.#clockSetBack = { index, ms }
    this.#latest = Math.max(this.#latest, at)
  }

  async #checkCheckpoint(checkpoint: SignedCheckpoint | undefined): Promise<void> {
    if (!checkpoint) return
    const { note, size, root } = checkpoint
    const before = this.#newest?.size ?? this.#from
    const flaw = await this.#keys.flawOf(note, size)
    if (flaw) throw new Found(before, flaw, `the checkpoint of size ${size}`)
    if (!sameBytes(this.#frontier.root(), root)) {
      const detail = `the records from here to ${size - 1} are not those that were signed`
      throw new Found(before, 'rewritten history', detail)
    }
    this.#newest = checkpoint
    this.#counts.checkpoints++
  }

  /** What somebody outside knows of this log. */
  async #checkAgainst(): Promise<void> {
    const { checkpoint, policy } = this.#options.against ?? {}
    const { size: ownSize, origin } = this.#log
    if (checkpoint !== undefined) {
      const { size, root, note, ...outside } = parseCheckpoint(checkpoint)
      if (outside.origin !== origin) {
        const detail = `the outside checkpoint is of the log ${outside.origin}, this is ${origin}`
        throw new Found(0, 'rewritten history', detail)
      }
      if (size > ownSize) throw truncated(ownSize, `the log once had ${size} records`)
      if (!sameBytes(rootOf(size, this.#read, this.#hash), root)) {
        const detail = `the first ${size} records are not those of the outside checkpoint`
        throw new Found(0, 'rewritten history', detail)
      }
      const flaw = size > 0 ? await this.#keys.flawOf(note, size) : undefined
      if (flaw) throw new Found(0, flaw, `the outside checkpoint of size ${size}`)
      this.#outside = { by: 'checkpoint', size }
    }
    if (policy !== undefined) {
      const newest = this.#newest
      if (!newest) throw new Found(0, 'wrong key', 'no checkpoint was checked against the policy')
      const verdict = await checkPolicy(newest.note, policy)
      if (!verdict.accepted) {
        throw new Found(0, 'wrong key', `the newest checkpoint: ${verdict.problem}`)
      }
      const witnesses = verdict.witnessedBy.map(({ name }) => name)
      this.#outside ??= { by: witnesses.length > 0 ? 'witnesses' : 'key', size: newest.size }
    }
  }
}

function truncated(size: number, detail: string): Found {
  return new Found(size, 'truncated tail', detail)
}
