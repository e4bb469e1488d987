import { randomBytes } from 'node:crypto'
import { AuditError, checkRecord, parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  type Frontier,
  HASH_BYTES,
  parseCheckpoint,
  sameBytes,
  TILE_WIDTH,
  tilePath
} from '@slm-audit/core/tlog'
import type { Bucket } from '../bucket/bucket.ts'
import { encodeBatch } from '../format/batch.ts'
import {
  batchKey,
  CHECKPOINT,
  CHECKPOINTS,
  checkpointKey,
  contentsKey,
  MANIFEST,
  signedSize
} from '../format/keys.ts'
import { packContents } from '../format/pack-contents.ts'
import type { DerivedObject } from '../tree/archive-tree.ts'
import { type ArchiveEnd, loadEnd, manifestOf, readManifest } from '../tree/stored-archive.ts'
import { eraseStored } from './erase-stored.ts'
import { Erasures } from './erasures.ts'

/** So often an append begins again behind what another archiver has written meanwhile. */
const MOST_TRIES = 5
const NONCE_BYTES = 8

/** The archive as this process knows it. */
interface Reached extends ArchiveEnd {
  readonly origin: string
  /** Signed checkpoints that are kept and wait for their records, by size. */
  readonly waiting: Set<number>
}

/**
 * Writes an archive. The batch that begins with a record has one key, made by a conditional write: of several archivers one
 * makes it, and the others go on behind it. Everything else follows from the batches and is written after them, so that
 * whoever comes after one that was killed completes what it left. One operation at a time; what fails makes the next one look
 * at the archive anew.
 */
export class Archive {
  readonly #bucket: Bucket
  #reached: Reached | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  /**
   * Appends records that follow each other; those that are there are compared and skipped. What they say was erased is taken
   * out of earlier batches before they are stored. Resolves to what is to be told of it, if anything. Rejects with
   * AuditError: `export_failed` for a hole, `export_rejected` for another log or other records, `bad_record`.
   */
  append(records: readonly SealedRecord[], signal?: AbortSignal): Promise<string | undefined> {
    return this.#alone(async () => {
      const [first] = records
      if (!first) return undefined
      for (const sealed of records) {
        const flaw = checkRecord(sealed, sealed.index, nodeSha256)
        if (flaw) throw new AuditError('bad_record', `record ${flaw.index}: ${flaw.detail}`)
      }
      const { origin } = parseRecord(first).log
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const reached = await this.#open(origin, signal)
        const fresh = await this.#freshOf(records, reached, signal)
        if (fresh.length === 0) return undefined
        const erasures = new Erasures(fresh)
        const problem = await eraseStored(this.#bucket, erasures, reached.tree.size, signal)
        if (await this.#store(fresh, erasures, reached, signal)) return problem
        this.#reached = undefined
      }
      throw new AuditError(
        'export_failed',
        `other archivers write to ${this.#bucket.address} all the time; let one do it`
      )
    })
  }

  /**
   * The right edge of the tree of a log that is there, at a size that it has had, or with all that it has; makes the archive where
   * there is none. Rejects as `append`.
   */
  edgeOf(origin: string, size?: number): Promise<Frontier> {
    return this.#alone(async () => {
      const { tree } = await this.#open(origin, undefined)
      const read = async (key: string) => (await this.#bucket.get(key))?.bytes
      return await tree.edgeAt(size ?? tree.size, read)
    })
  }

  /** The hash of a leaf of a log that is there. Rejects as `append`. */
  leafAt(origin: string, index: number): Promise<Uint8Array> {
    return this.#alone(async () => {
      const { tree } = await this.#open(origin, undefined)
      return tree.leafAt(index) ?? (await this.#leafAt(index, undefined))
    })
  }

  /**
   * Keeps a signed checkpoint at once, and publishes it as soon as its records are here. Rejects with AuditError
   * `history_rewritten` where the archive holds other records than those that it signs.
   */
  addCheckpoint(note: string, signal?: AbortSignal): Promise<void> {
    return this.#alone(async () => {
      const { origin, size } = parseCheckpoint(note)
      const reached = await this.#open(origin, signal)
      const key = checkpointKey(size)
      // The same one may be signed by more witnesses the second time: the roots are compared when it is published.
      await this.#bucket.create(key, Buffer.from(note), 'locked', signal)
      reached.waiting.add(size)
      await this.#publish(reached, signal)
    })
  }

  /** Resolves when all that was begun has ended. Never rejects. */
  async settled(): Promise<void> {
    await this.#last
  }

  async #alone<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      try {
        return await run()
      } catch (error) {
        this.#reached = undefined
        throw error
      }
    })
    this.#last = turn.catch(() => undefined)
    return await turn
  }

  async #open(origin: string, signal: AbortSignal | undefined): Promise<Reached> {
    if (this.#reached?.origin === origin) return this.#reached
    await this.#claim(origin, signal)
    const end = await loadEnd(this.#bucket, signal)
    await this.#write(end.derived, signal)
    const published = end.checkpoint === undefined ? 0 : parseCheckpoint(end.checkpoint).size
    const waiting = new Set<number>()
    for await (const key of this.#bucket.list(CHECKPOINTS, checkpointKey(published), signal)) {
      const size = signedSize(key)
      if (size !== undefined) waiting.add(size)
    }
    this.#reached = { ...end, origin, waiting }
    return this.#reached
  }

  /** Makes the manifest, or compares it; and sees that the store refuses to make an object twice. */
  async #claim(origin: string, signal: AbortSignal | undefined): Promise<void> {
    const bytes = manifestOf(origin)
    const { address } = this.#bucket
    await this.#bucket.create(MANIFEST, bytes, 'locked', signal)
    const manifest = await readManifest(this.#bucket, signal)
    if (manifest?.origin !== origin) {
      const message = `${address} holds the log ${manifest?.origin}, not ${origin}; give another prefix`
      throw new AuditError('export_rejected', message)
    }
    // Other bytes than those that are there: whoever takes them replaces what nobody may replace.
    const probe = Buffer.concat([bytes, Buffer.from('\n')])
    if (!(await this.#bucket.create(MANIFEST, probe, 'locked', signal))) return
    await this.#bucket.put(MANIFEST, bytes, signal)
    const message = `${address} takes conditional writes (If-None-Match) and does not keep to them: two archivers could write two histories; use a store that keeps to them`
    throw new AuditError('bad_option', message)
  }

  /** The records that are not there yet. */
  async #freshOf(
    records: readonly SealedRecord[],
    { tree }: Reached,
    signal: AbortSignal | undefined
  ): Promise<readonly SealedRecord[]> {
    const { size } = tree
    const { address } = this.#bucket
    for (const { index, leafHash } of records) {
      if (index >= size) break
      const leaf = tree.leafAt(index) ?? (await this.#leafAt(index, signal))
      if (sameBytes(leaf, leafHash)) continue
      throw new AuditError('export_rejected', `record ${index} is another one in ${address}`)
    }
    const fresh = records.filter(({ index }) => index >= size)
    const hole = fresh.find(({ index }, at) => index !== size + at)
    if (!hole) return fresh
    const message = `${address} ends before record ${size}, ${hole.index} cannot follow; archive all records, from the first on`
    throw new AuditError('export_failed', message)
  }

  async #leafAt(index: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const key = tilePath({ level: 0, n: Math.floor(index / TILE_WIDTH), width: TILE_WIDTH })
    const tile = await this.#bucket.get(key, undefined, signal)
    const at = (index % TILE_WIDTH) * HASH_BYTES
    return tile?.bytes.subarray(at, at + HASH_BYTES) ?? new Uint8Array()
  }

  /** False where another archiver was quicker. */
  async #store(
    records: readonly SealedRecord[],
    erasures: Erasures,
    reached: Reached,
    signal: AbortSignal | undefined
  ): Promise<boolean> {
    const { origin, tree } = reached
    const first = tree.size
    const packed = await packContents(records, (index, commitment) =>
      erasures.has(index, commitment)
    )
    const object = contentsKey(first, randomBytes(NONCE_BYTES).toString('hex'))
    const hasContents = packed.object.length > 0
    if (hasContents) await this.#bucket.create(object, packed.object, 'locked', signal)
    const batch = await encodeBatch({
      origin,
      first,
      end: first + records.length,
      ...(hasContents && { object }),
      records: packed.records,
      contents: packed.contents
    })
    if (!(await this.#bucket.create(batchKey(first), batch, 'erasable', signal))) {
      // Nobody has the keys of these contents. A locked one stays as it is.
      if (hasContents) await this.#bucket.remove(object).catch(() => undefined)
      return false
    }
    await this.#write(tree.append(packed.records), signal)
    await this.#publish(reached, signal)
    return true
  }

  async #write(objects: readonly DerivedObject[], signal: AbortSignal | undefined): Promise<void> {
    await Promise.all(
      objects.map(async ({ key, bytes }) => {
        if (await this.#bucket.create(key, bytes, 'locked', signal)) return
        const message = `${this.#bucket.address}${key} holds other bytes than the records make; verify the archive`
        throw new AuditError('history_rewritten', message)
      })
    )
  }

  /** Makes the newest checkpoint whose records are here the one that readers find. */
  async #publish(
    { tree, waiting, origin }: Reached,
    signal: AbortSignal | undefined
  ): Promise<void> {
    const ready = [...waiting].filter((size) => size <= tree.size)
    const size = Math.max(...ready)
    if (ready.length === 0) return
    const stored = await this.#bucket.get(checkpointKey(size), undefined, signal)
    const note = Buffer.from(stored?.bytes ?? []).toString('utf8')
    const read = async (key: string) => (await this.#bucket.get(key, undefined, signal))?.bytes
    const { root, objects } = await tree.at(size, read)
    const signed = parseCheckpoint(note)
    if (signed.origin !== origin || !sameBytes(signed.root, root)) {
      const message = `the checkpoint of ${size} records signs others than those in ${this.#bucket.address}`
      throw new AuditError('history_rewritten', message)
    }
    await this.#write(objects, signal)
    await this.#replaceCheckpoint(note, size, signal)
    for (const each of ready) waiting.delete(each)
  }

  async #replaceCheckpoint(
    note: string,
    size: number,
    signal: AbortSignal | undefined
  ): Promise<void> {
    const bytes = Buffer.from(note)
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const there = await this.#bucket.get(CHECKPOINT, undefined, signal)
      if (!there) {
        if (await this.#bucket.create(CHECKPOINT, bytes, 'erasable', signal)) return
        continue
      }
      const published = parseCheckpoint(Buffer.from(there.bytes).toString('utf8'))
      if (published.size >= size) return
      if (await this.#bucket.replace(CHECKPOINT, bytes, there.etag, 'erasable', signal)) return
    }
    throw new AuditError(
      'export_failed',
      `other archivers replace ${this.#bucket.address}${CHECKPOINT} all the time`
    )
  }
}
