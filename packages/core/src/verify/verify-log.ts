import { AuditError, messageOf } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import { Frontier } from '../tlog/frontier.ts'
import { formatVerifierKey } from '../tlog/key.ts'
import { inclusionProof, rootFromInclusion } from '../tlog/proof.ts'
import { hashReader, TILE_HEIGHT, TILE_WIDTH } from '../tlog/tiles.ts'
import { HASH_BYTES, type ReadHash, sameBytes } from '../tlog/tree.ts'
import { Absence } from './absence.ts'
import { checkOutside } from './check-outside.ts'
import { checkRanges } from './check-range.ts'
import { FlawFound, type RecordFlaw, rewritten, truncated } from './flaw.ts'
import { Inspector } from './inspect-record.ts'
import { addsKey, KeyHistory } from './key-history.ts'
import { checkKeptHead, type ReadLog } from './known-head.ts'
import { LossCount } from './loss-count.ts'
import { readCheckpoints, type SignedCheckpoint } from './read-checkpoints.ts'
import type { SignedLate, VerifyOptions, VerifyReport } from './report.ts'
import { Retained } from './retained.ts'
import type { RangeFindings, StoredLog } from './stored-log.ts'
import { StoredTiles } from './stored-tiles.ts'
import { verdictOf } from './verdict.ts'

/** A wall clock that goes back by less is taken for its correction. */
const CLOCK_TOLERANCE_MS = 60_000
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
    if (error instanceof FlawFound) return verification.report(error.flaw)
    // What cannot be read is no record any more: a finding, at the first that was not found right.
    if (isUnreadable(error)) return verification.report(verification.flawOfNext(error))
    throw error
  }
}

/** Whether an error says that stored bytes cannot be read. */
function isUnreadable(error: unknown): error is AuditError {
  return AuditError.is(error) && ['journal_damaged', 'bad_record'].includes(error.code)
}

type KeyRecord = RangeFindings['keys'][number]

class Verification {
  readonly #log: StoredLog
  readonly #options: VerifyOptions
  readonly #hash: Hash | undefined
  readonly #read: ReadHash
  readonly #tiles: StoredTiles
  readonly #from: number
  readonly #keys = new KeyHistory()
  readonly #open = new Set<string>()
  #frontier: Frontier
  /** Checkpoints that are still to be reached, the next one last. */
  #waiting: SignedCheckpoint[] = []
  #newest: SignedCheckpoint | undefined
  #latest = Number.NEGATIVE_INFINITY
  readonly #absence = new Absence()
  readonly #retained = new Retained()
  readonly #counts = { checkpoints: 0, absentContents: 0, encryptedContents: 0 }
  readonly #losses = new LossCount()
  #clockSetBack: VerifyReport['clockSetBack']
  #outside: VerifyReport['outside']
  #strays = 0
  readonly #signedLate: SignedLate[] = []

  constructor(log: StoredLog, options: VerifyOptions, hash: Hash | undefined) {
    this.#log = log
    this.#options = options
    this.#hash = hash
    this.#read = hashReader(log.readTile, hash)
    this.#tiles = new StoredTiles(log.readTile, log.size)
    this.#from = options.since?.size ?? 0
    this.#frontier = new Frontier(hash)
  }

  async run(): Promise<void> {
    const { size } = this.#log
    this.#tiles.checkWidths()
    this.#waiting = readCheckpoints(this.#log, this.#from).reverse()
    await this.#begin()
    const next =
      this.#log.checkRanges?.(this.#from) ?? checkRanges(this.#log, this.#from, this.#hash)
    for (;;) {
      const findings = await next()
      if (!findings) break
      await this.#take(findings)
      this.#options.onProgress?.(this.#frontier.size - this.#from, size - this.#from)
      await this.#options.rest?.()
    }
    this.#checkAbsence()
    this.#retained.check()
    const beyond = this.#waiting.at(-1)
    if (beyond) throw truncated(size, `a checkpoint says the log has ${beyond.size} records`)
    for (const { path, checkpoint } of this.#options.kept ?? []) {
      if (checkpoint !== undefined) checkKeptHead(this.#readLog(), path, checkpoint)
    }
    this.#strays = this.#log.strays?.() ?? 0
    const { against } = this.#options
    this.#outside =
      (await checkOutside(this.#readLog(), this.#keys, this.#newest, against)) ?? this.#outside
  }

  report(flaw?: RecordFlaw): VerifyReport {
    const { origin, size } = this.#log
    const newest = this.#newest
    const { kept = [] } = this.#options
    const { custody } = this.#keys
    return {
      origin,
      size,
      from: this.#from,
      checked: Math.max(0, this.#frontier.size - this.#from),
      ...(flaw && { flaw }),
      ...this.#counts,
      ...this.#losses.losses,
      unexplained: this.#absence.unexplained,
      pruned: this.#retained.pruned,
      ...(newest && { newestCheckpoint: newest.signed }),
      unsigned: Math.max(0, size - Math.max(newest?.size ?? 0, this.#signedBefore())),
      keys: this.#keys.keys.map(formatVerifierKey),
      ...(custody !== undefined && { custody }),
      verdict: verdictOf(this.#outside, flaw),
      openCalls: this.#open.size,
      strays: this.#strays,
      signedLate: this.#signedLate,
      unreadHeads: kept.flatMap(({ path, checkpoint }) => (checkpoint === undefined ? [path] : [])),
      ...(this.#clockSetBack && { clockSetBack: this.#clockSetBack }),
      ...(this.#outside && { outside: this.#outside })
    }
  }

  flawOfNext(damage: AuditError): RecordFlaw {
    const index = Math.max(this.#from, this.#frontier.size)
    return { index, kind: 'changed', detail: damage.message }
  }

  /** What the checkpoint signs that an earlier verification ended with. */
  #signedBefore(): number {
    return this.#options.since?.note ? this.#from : 0
  }

  /** Takes up the tree and the keys where an earlier verification ended. */
  async #begin(): Promise<void> {
    this.#mentionKeys()
    const { since } = this.#options
    if (!since) return
    const { size, root, note } = since
    if (size > this.#log.size) throw truncated(this.#log.size, `the log once had ${size} records`)
    this.#frontier = Frontier.load(size, this.#read, this.#hash)
    if (root && !sameBytes(this.#frontier.root(), root)) {
      throw rewritten(`the first ${size} records are not those of old`)
    }
    for (const sealed of this.#log.keyRecords(size)) {
      const { index, leafHash } = sealed
      const { flaw, record } = new Inspector(this.#hash).inspect(sealed, index)
      if (flaw) throw new FlawFound(flaw.index, flaw.kind, flaw.detail)
      // The records around it are not read: what holds it in its place is the root.
      const path = inclusionProof(index, size, this.#read, this.#hash)
      const shown = rootFromInclusion(index, size, leafHash, path, this.#hash)
      if (!sameBytes(shown, this.#frontier.root())) {
        throw new FlawFound(index, 'changed', 'the record of a key is not what the tree has')
      }
      if (record && addsKey(record)) this.#addKey({ index, record })
    }
    const flaw = note && size > 0 ? await this.#keys.flawOf(note, size) : undefined
    // A key that the store does not tell of may have been hidden to bring an old one back.
    const isUnknown = note?.signatures.some((each) => this.#keys.isStranger(each))
    if (flaw || isUnknown) {
      throw new FlawFound(0, flaw ?? 'wrong key', `the checkpoint of ${size} that it began with`)
    }
    if (root && note) this.#outside = { by: 'checkpoint', size }
  }

  /** What cannot be read here is found in its turn. */
  #mentionKeys(): void {
    try {
      for (const { header } of this.#log.keyRecords(this.#log.size)) {
        this.#keys.mention(/"key":"([^"]+)"/.exec(header)?.[1] ?? '')
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error
    }
  }

  /** Puts a range behind what is known, tile by tile, then looks at the flaw that ended it. */
  async #take(findings: RangeFindings): Promise<void> {
    const { from, leaves, tiles, flaw } = findings
    const keys = [...findings.keys]
    const count = leaves.length / HASH_BYTES
    let whole = 0
    for (let at = 0; at < count; ) {
      const first = from + at
      const width = Math.min(count - at, TILE_WIDTH - (first % TILE_WIDTH))
      const some = leaves.subarray(at * HASH_BYTES, (at + width) * HASH_BYTES)
      const tile = width === TILE_WIDTH ? tiles.subarray(whole++ * HASH_BYTES) : undefined
      await this.#grow(first, some, tile?.subarray(0, HASH_BYTES), keys)
      at += width
    }
    this.#countUp(findings)
    if (flaw) throw new FlawFound(flaw.index, flaw.kind, flaw.detail)
  }

  /** Appends the leaves of one tile, or of a part of it; `tile` is the hash over a whole one. */
  async #grow(
    first: number,
    leaves: Uint8Array,
    tile: Uint8Array | undefined,
    keys: KeyRecord[]
  ): Promise<void> {
    const end = first + leaves.length / HASH_BYTES
    this.#tiles.checkLeaves(first, leaves)
    const leaf = (index: number) =>
      leaves.subarray((index - first) * HASH_BYTES, (index - first + 1) * HASH_BYTES)
    const check = (index: number) => (level: number, hash: Uint8Array) =>
      this.#tiles.checkNode(index, level, hash)
    const edge = this.#frontier.clone()
    if (tile) this.#frontier.append(tile, check(first), TILE_HEIGHT)
    else {
      for (let at = first; at < end; at++) this.#frontier.append(leaf(at), check(at))
    }
    for (;;) {
      const [key] = keys
      const next = this.#waiting.at(-1)
      if (key && key.index < end && !(next && next.size <= key.index)) {
        keys.shift()
        this.#addKey(key)
      } else if (next && next.size <= end) {
        while (next.size < end && edge.size < next.size) edge.append(leaf(edge.size))
        this.#waiting.pop()
        const root = next.size < end ? edge.root() : this.#frontier.root()
        await this.#checkCheckpoint(next, root)
      } else return
    }
  }

  #checkAbsence(): void {
    const first = this.#absence.firstUnexplained
    if (first === undefined || this.#log.isPartial) return
    const detail = 'a content of it is gone, and no record of an erasure says so'
    throw new FlawFound(first, 'content missing', detail)
  }

  #countUp(findings: RangeFindings): void {
    const { from, times, absentContents, opened, ended } = findings
    this.#absence.add(findings)
    this.#retained.add(findings)
    this.#losses.add(findings)
    this.#signedLate.push(...findings.signedLate)
    this.#counts.absentContents += absentContents
    this.#counts.encryptedContents += findings.encryptedContents
    for (const auditId of ended) this.#open.delete(auditId)
    for (const auditId of opened) this.#open.add(auditId)
    times.forEach((at, place) => {
      const ms = this.#latest - at
      if (ms > CLOCK_TOLERANCE_MS) this.#clockSetBack ??= { index: from + place, ms }
      if (at > this.#latest) this.#latest = at
    })
  }

  #addKey({ index, record }: KeyRecord): void {
    try {
      this.#keys.add(index, record)
    } catch (error) {
      throw new FlawFound(index, 'wrong key', messageOf(error))
    }
    const isReplaced = this.#keys.keys.length > 1 && index >= this.#from
    if (isReplaced && this.#waiting.at(-1)?.size !== index + 1) {
      throw new FlawFound(index, 'wrong key', 'the key before it did not sign for the new key')
    }
  }

  async #checkCheckpoint(checkpoint: SignedCheckpoint, root: Uint8Array): Promise<void> {
    const { note, size } = checkpoint
    const before = this.#newest?.size ?? this.#from
    const flaw = await this.#keys.flawOf(note, size)
    if (flaw) throw new FlawFound(before, flaw, `the checkpoint of size ${size}`)
    if (!sameBytes(root, checkpoint.root)) {
      throw rewritten(`the records from here to ${size - 1} are not those that were signed`, before)
    }
    this.#newest = checkpoint
    this.#counts.checkpoints++
  }

  #readLog(): ReadLog {
    const head = { size: this.#frontier.size, root: this.#frontier.root() }
    const signed = this.#newest?.size ?? 0
    return { origin: this.#log.origin, head, signed, read: this.#read, hash: this.#hash }
  }
}
