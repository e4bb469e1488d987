import {
  AuditError,
  messageOf,
  type SealedRecord,
  type StoredRecord
} from '@slm-audit/core/journal'
import type { Bucket } from '../bucket/bucket.ts'
import type { Batch, PackedContent } from '../format/batch.ts'
import { batchKey } from '../format/keys.ts'
import { openContent, restore } from '../format/pack-contents.ts'
import { readBatch } from '../tree/stored-archive.ts'

/** Batches that are on their way while one is read. */
const AHEAD = 4

/**
 * The records of an archive in order, from an index on, with those of their contents that are there. Rejects with AuditError
 * `journal_damaged` where a batch cannot be read or does not follow the one before.
 *
 * @param firsts The first records of all batches, ascending.
 */
export async function* readRecords(
  bucket: Bucket,
  firsts: readonly number[],
  fromIndex: number
): AsyncGenerator<StoredRecord> {
  const wanted = firsts.filter((_, at) => (firsts[at + 1] ?? Number.POSITIVE_INFINITY) > fromIndex)
  const coming: Promise<readonly StoredRecord[]>[] = []
  const fetch = (first: number) => {
    const batch = wholeBatch(bucket, first)
    // The reader meets the error in its turn.
    batch.catch(() => undefined)
    coming.push(batch)
  }
  for (const first of wanted.slice(0, AHEAD)) fetch(first)
  let next = wanted[0] === firsts[0] ? 0 : (wanted[0] ?? 0)
  for (const [at, first] of wanted.entries()) {
    if (first !== next) {
      const message = `${batchKey(next)} is not there; the next batch begins with ${first}`
      throw new AuditError('journal_damaged', message)
    }
    const records = (await coming.shift()) ?? []
    const follows = wanted[at + AHEAD]
    if (follows !== undefined) fetch(follows)
    for (const sealed of records) if (sealed.index >= fromIndex) yield sealed
    next = first + records.length
  }
}

async function wholeBatch(bucket: Bucket, first: number): Promise<readonly StoredRecord[]> {
  const { batch } = await readBatch(bucket, first)
  return await withContents(bucket, batch, batch.records)
}

/**
 * Records of a batch with their contents, of which only what is needed is fetched. A record whose
 * contents cannot be read says so (`damage`).
 */
export async function withContents(
  bucket: Bucket,
  batch: Batch,
  records: readonly SealedRecord[]
): Promise<readonly StoredRecord[]> {
  const wanted = new Set(records.map(({ index }) => index))
  const needed = batch.contents.filter(({ places }) =>
    places.some(({ index }) => wanted.has(index))
  )
  const opened = new Map<string, OpenedContent>()
  const damaged = new Map<number, string>()
  const pieceOf = await pieces(bucket, batch, needed)
  for (const content of needed) {
    const found = await open(batch, await pieceOf(content), content)
    for (const { index, name, part } of content.places) {
      if (typeof found === 'string') damaged.set(index, `${name}: ${found}`)
      else opened.set(`${index} ${part} ${name}`, found)
    }
  }
  return records.map((sealed) => {
    const detail = damaged.get(sealed.index)
    if (detail !== undefined) return { ...sealed, damage: { kind: 'content missing', detail } }
    return restore(sealed, ({ index, name, part }) => opened.get(`${index} ${part} ${name}`))
  })
}

type OpenedContent = Awaited<ReturnType<typeof openContent>>

/** A content, or why it cannot be read. */
async function open(
  { object }: Batch,
  piece: Uint8Array | undefined,
  { secret, bytes }: PackedContent
): Promise<OpenedContent | string> {
  if (piece?.length !== bytes) return `${object} does not have it`
  try {
    return await openContent(piece, secret)
  } catch (error) {
    return `${object}: ${messageOf(error)}`
  }
}

/** Reads the object as a whole where all of it is needed, and else piece by piece. */
async function pieces(
  bucket: Bucket,
  { object = '', contents }: Batch,
  needed: readonly PackedContent[]
): Promise<(content: PackedContent) => Promise<Uint8Array | undefined>> {
  if (needed.length === 0 || needed.length < contents.length) {
    return async ({ at, bytes }) => (await bucket.get(object, { at, bytes }))?.bytes
  }
  const whole = (await bucket.get(object))?.bytes
  return async ({ at, bytes }) => whole?.subarray(at, at + bytes)
}
