import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  checkArriving,
  KEY_ADDED,
  parseRecord,
  type SealedRecord,
  type StoredLog,
  type VerifyOptions,
  type VerifyReport,
  verifyLog
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { type AuditedCall, checkRecord, mergeCall } from '@slm-audit/core/reader'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { type ArchivePlace, checkPlace } from '../bucket/archive-options.ts'
import { Bucket } from '../bucket/bucket.ts'
import { CHECKPOINTS, signedSize } from '../format/keys.ts'
import {
  type ArchiveEnd,
  listBatches,
  loadEnd,
  readBatch,
  readManifest
} from '../tree/stored-archive.ts'
import { inTurns } from './in-turns.ts'
import { readRecords, withContents } from './read-batches.ts'
import { StoredTree } from './stored-tree.ts'

/** An archive that is open for reading, as it was when it was opened. */
export interface ArchiveSource extends AsyncDisposable {
  /** The log's name. */
  readonly origin: string
  /** Number of records. */
  readonly size: number
  /** Recomputes the log from its stored objects, and compares these with what the records make. */
  verify(options?: VerifyOptions): Promise<VerifyReport>
  /** Sealed records in order, with those of their contents that are there. */
  records(fromIndex?: number): AsyncIterable<SealedRecord>
  /** Signed checkpoints whose records are here, ascending. */
  checkpoints(): readonly StoredCheckpoint[]
  /** A call with its contents, by its whole id; `undefined` where it is not here. It looks through all batches. */
  get(auditId: string): Promise<AuditedCall | undefined>
}

interface StoredCheckpoint {
  readonly size: number
  readonly note: string
}

/** Batches that are looked through at a time. */
const AT_ONCE = 8

/**
 * Opens an archive for reading. Rejects with AuditError: `bad_option`, `journal_unavailable` where there is none,
 * `journal_damaged`, `journal_newer`, `export_failed` where the store does not answer.
 */
export async function openS3Archive(place: ArchivePlace): Promise<ArchiveSource> {
  checkPlace('openS3Archive', place)
  const bucket = new Bucket(place)
  try {
    const manifest = await readManifest(bucket)
    if (!manifest) {
      const message = `there is no archive at ${bucket.address}; name the bucket and the prefix that s3Archive writes to`
      throw new AuditError('journal_unavailable', message)
    }
    const { origin } = manifest
    const end = await loadEnd(bucket)
    const { size } = end.tree
    const firsts = (await listBatches(bucket)).filter((first) => first < size)
    const checkpoints = await readCheckpoints(bucket, size)
    const open = { origin, firsts, end, checkpoints }
    return {
      origin,
      size,
      checkpoints: () => checkpoints,
      records: (fromIndex = 0) => readRecords(bucket, firsts, fromIndex),
      verify: (options = {}) => verifyArchive(bucket, open, options),
      get: (auditId) => findCall(bucket, firsts, auditId),
      [Symbol.asyncDispose]: () => bucket.close()
    }
  } catch (error) {
    await bucket.close()
    throw error
  }
}

async function readCheckpoints(bucket: Bucket, size: number): Promise<StoredCheckpoint[]> {
  const found: StoredCheckpoint[] = []
  for await (const key of bucket.list(CHECKPOINTS)) {
    const signed = signedSize(key)
    // One of more records is kept already while its records are still on their way.
    if (signed === undefined || signed > size) continue
    const stored = await bucket.get(key)
    if (stored) found.push({ size: signed, note: Buffer.from(stored.bytes).toString('utf8') })
  }
  return found
}

interface OpenArchive {
  readonly origin: string
  readonly firsts: readonly number[]
  readonly end: ArchiveEnd
  readonly checkpoints: readonly StoredCheckpoint[]
}

async function verifyArchive(
  bucket: Bucket,
  { origin, firsts, end, checkpoints }: OpenArchive,
  options: VerifyOptions
): Promise<VerifyReport> {
  const { size } = end.tree
  const tree = await StoredTree.read(bucket, end)
  const keys = await inBatches(firsts, (first) => keysIn(bucket, first))
  const signed = withPublished(checkpoints, end.checkpoint)
  const log: StoredLog = {
    origin,
    size,
    // The exporter may have been told to leave contents out, and the archive does not say so.
    isPartial: true,
    readTile: tree.tile,
    checkpoints: () => signed,
    keyRecords: (before) => keys.filter(({ index }) => index < before),
    // Objects are read asynchronously, which only `checkRanges` can wait for.
    records: () => [],
    checkRanges: (from) =>
      checkArriving(readRecords(bucket, firsts, from), origin, from, size, nodeSha256),
    strays: () => tree.strays
  }
  const report = await verifyLog(log, { rest: setImmediate, ...options }, nodeSha256)
  if (report.flaw) return report
  const flaw = await tree.check(end.derived)
  return flaw ? { ...report, flaw } : report
}

/** The checkpoint that readers find must be that of a log that is here. */
function withPublished(
  checkpoints: readonly StoredCheckpoint[],
  note: string | undefined
): readonly StoredCheckpoint[] {
  if (note === undefined) return checkpoints
  const { size } = parseCheckpoint(note)
  const others = checkpoints.filter((each) => each.size !== size)
  return [...others, { size, note }].sort((one, other) => one.size - other.size)
}

/** The records of a batch that add keys of the log; none of a damaged one, which is a flaw where the records are checked. */
async function keysIn(bucket: Bucket, first: number): Promise<readonly SealedRecord[]> {
  try {
    const { batch } = await readBatch(bucket, first)
    return batch.records.filter(addsKey)
  } catch (error) {
    if (AuditError.is(error) && error.code === 'journal_damaged') return []
    throw error
  }
}

function addsKey(sealed: SealedRecord): boolean {
  if (!sealed.header.includes(`"${KEY_ADDED}"`)) return false
  const { kind, stage } = parseRecord(sealed)
  return kind === KEY_ADDED && stage === 'event'
}

/** What is taken out of all batches, in their order. */
async function inBatches(
  firsts: readonly number[],
  take: (first: number) => Promise<readonly SealedRecord[]>
): Promise<SealedRecord[]> {
  const found: (readonly SealedRecord[])[] = []
  await inTurns(firsts.entries(), AT_ONCE, async ([at, first]) => {
    found[at] = await take(first)
  })
  return found.flat()
}

async function findCall(
  bucket: Bucket,
  firsts: readonly number[],
  auditId: string
): Promise<AuditedCall | undefined> {
  const isOfCall = (sealed: SealedRecord) =>
    sealed.header.includes(JSON.stringify(auditId)) && parseRecord(sealed).auditId === auditId
  const records = await inBatches(firsts, async (first) => {
    const { batch } = await readBatch(bucket, first)
    return await withContents(bucket, batch, batch.records.filter(isOfCall))
  })
  const call = mergeCall(records)
  if (!call) return undefined
  const flaws = records.map((sealed) => checkRecord(sealed, sealed.index, nodeSha256))
  const flaw = flaws.find((each) => each !== undefined)
  return flaw ? { ...call, flaw } : call
}
