import { setImmediate } from 'node:timers/promises'
import {
  bothOf,
  type CallSummary,
  type FilterTree,
  filterTree,
  mergeCall,
  type Page,
  type PageRequest,
  type Reader,
  type RecordFlaw,
  type SealedRecord
} from '@slm-audit/core/reader'
import { HASH_BYTES, TILE_WIDTH, type Tile } from '@slm-audit/core/tlog'
import { checkpointLine, encodeRecord, endLine, prunedLine } from '@slm-audit/file'
import type { ExportedCall, ExportFormat, FormatOptions } from './format.ts'
import type { Output } from './output.ts'
import { provenanceLine } from './provenance.ts'
import type { Redaction } from './redact.ts'

/** A log's sealed records, wherever it is stored. */
export interface ExportedLog {
  readonly origin: string
  readonly size: number
  records(fromIndex?: number): Iterable<SealedRecord> | AsyncIterable<SealedRecord>
  recordsOf(auditId: string): SealedRecord[] | Promise<SealedRecord[]>
  flawOfCall(
    records: readonly SealedRecord[]
  ): RecordFlaw | undefined | Promise<RecordFlaw | undefined>
  flawOf(record: SealedRecord): RecordFlaw | undefined
  readTile(tile: Tile): Uint8Array | Promise<Uint8Array>
  checkpoints(): Iterable<Signed> | Promise<Iterable<Signed>>
}

interface Signed {
  readonly size: number
  readonly note: string
}

/** Which calls, and how. */
export interface ExportRequest extends FormatOptions {
  readonly format: ExportFormat
  readonly filter: FilterTree
  /** Words that the calls hold. */
  readonly query?: string
  readonly limit?: number
  readonly redaction?: Redaction
}

/** What an export tells of while it writes. */
export interface ExportEvents {
  /** Calls or records done, and of how many. */
  progress(done: number, of: number): void
  /** What is wrong with a call or record that was written, if anything. */
  flaw(flaw: RecordFlaw | undefined): void
}

/** What was written. */
export interface ExportReport {
  readonly rows: number
  /** Calls that the format has no place for. */
  readonly skipped: number
}

const PAGE = 1_000
/** Calls or records after which signals are let in. */
const BREATH = 50

/** Writes the calls that are asked for, oldest first. */
export async function exportCalls(
  reader: Reader,
  log: ExportedLog,
  request: ExportRequest,
  [output, provenance]: readonly [Output, ...Output[]],
  events: ExportEvents
): Promise<ExportReport> {
  const ids = await idsOf(reader, request)
  const encoding = await request.format.begin(request)
  let rows = 0
  let done = 0
  for (const auditId of ids) {
    if (done % BREATH === 0) await setImmediate()
    events.progress(done++, ids.length)
    const found = await callOf(log, auditId)
    if (!found) continue
    events.flaw(await log.flawOfCall(found.records))
    const redacted = request.redaction?.apply(found.call)
    const exported = { ...found, ...(redacted && { call: redacted.call }) }
    const part = encoding.add(exported)
    if (part === undefined) continue
    output.write(part)
    provenance?.write(await provenanceLine(rows, exported, redacted?.count ?? 0, reader))
    rows++
  }
  const last = encoding.end?.()
  if (last !== undefined) output.write(last)
  events.progress(ids.length, ids.length)
  return { rows, skipped: ids.length - rows }
}

/** Writes all records of the log, also those that are not calls, its checkpoints, and its end. */
export async function exportLog(
  log: ExportedLog,
  output: Output,
  events: ExportEvents
): Promise<number> {
  const { size } = log
  let count = 0
  let next = 0
  for await (const sealed of log.records()) {
    // Of what retention took the leaf hashes are written, so that the tree can be made again.
    if (sealed.index > next) {
      const leaves = await leavesOf(log, next, sealed.index)
      output.write(`${prunedLine({ first: next, leaves })}\n`)
    }
    next = sealed.index + 1
    output.write(`${encodeRecord(sealed)}\n`)
    events.flaw(log.flawOf(sealed))
    events.progress(++count, size)
    if (count % BREATH === 0) await setImmediate()
  }
  for (const checkpoint of await log.checkpoints()) {
    if (checkpoint.size <= next) output.write(`${checkpointLine(checkpoint)}\n`)
  }
  output.write(`${endLine(next)}\n`)
  return count
}

/** The leaf hashes of some records in a row. */
async function leavesOf(log: ExportedLog, first: number, end: number): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = []
  let tile = new Uint8Array()
  for (let index = first; index < end; index++) {
    const at = index % TILE_WIDTH
    if (index === first || at === 0) {
      tile = new Uint8Array(await log.readTile({ level: 0, n: Math.floor(index / TILE_WIDTH) }))
    }
    leaves.push(tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))
  }
  return leaves
}

/** The calls that are meant, oldest first; the newest ones where there is a limit. */
async function idsOf(reader: Reader, request: ExportRequest): Promise<string[]> {
  const { query, filter, limit = Number.POSITIVE_INFINITY, format } = request
  const only = format.isDataSet ? bothOf(filter, filterTree({ stage: 'complete' })) : filter
  const page = (request: PageRequest): Promise<Page<CallSummary>> =>
    query === undefined ? reader.query(only, request) : reader.search(query, only, request)
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const at = cursor === undefined ? {} : { cursor }
    const size = Math.min(PAGE, limit - ids.length)
    const { items, cursor: next } = await page({ limit: size, complete: true, ...at })
    ids.push(...items.map(({ auditId }) => auditId))
    cursor = next
  } while (cursor !== undefined && ids.length < limit)
  return ids.reverse()
}

async function callOf(log: ExportedLog, auditId: string): Promise<ExportedCall | undefined> {
  const records = await log.recordsOf(auditId)
  const call = mergeCall(records)
  return call && { call, records }
}
