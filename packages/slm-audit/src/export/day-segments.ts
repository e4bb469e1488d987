import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError } from '@slm-audit/core/exporter'
import { makeFolder, writeWholeFile } from '@slm-audit/core/node'
import { filterTree, parseRecord, type Reader } from '@slm-audit/core/reader'
import { archivePlace, isArchiveAddress, loadS3 } from '../base/log-address.ts'
import { type ExportEvents, type ExportedLog, exportCalls } from './export-calls.ts'
import type { Output } from './output.ts'
import { parquet } from './parquet.ts'

/** Where the files of days go. */
export interface SegmentPlace extends AsyncDisposable {
  /** The days that are there, `2026-11-29`. */
  days(): Promise<readonly string[]>
  put(day: string, bytes: Uint8Array): Promise<void>
  /** The file of a day that is there. */
  get(day: string): Promise<Uint8Array>
}

const DAY_MS = 24 * 60 * 60 * 1000
const FILE = 'calls.parquet'
const FOLDER = /^date=(\d{4}-\d\d-\d\d)$/

/** Opens a folder or, for `s3://bucket/prefix`, the segments of an archive. Rejects with AuditError. */
export async function openSegments(to: string): Promise<SegmentPlace> {
  if (isArchiveAddress(to)) return (await loadS3()).s3Segments(archivePlace(to))
  return {
    async days() {
      const found = statSync(to, { throwIfNoEntry: false })
      if (found && !found.isDirectory()) {
        const message = `${to} is a file; segments are in a folder, or below s3://bucket/prefix`
        throw new AuditError('bad_option', message)
      }
      const names = found ? readdirSync(to) : []
      return names.flatMap((name) => FOLDER.exec(name)?.[1] ?? [])
    },
    get: async (day) => readFileSync(join(to, `date=${day}`, FILE)),
    async put(day, bytes) {
      const folder = join(to, `date=${day}`)
      makeFolder(folder)
      writeWholeFile(join(folder, FILE), bytes)
    },
    [Symbol.asyncDispose]: async () => undefined
  }
}

/**
 * The days (UTC) from the first record of a log to before a time, `2026-11-29`, ascending; none for an empty log.
 *
 * @param until Unix time in milliseconds.
 */
export async function daysOf(log: ExportedLog, until: number): Promise<string[]> {
  for await (const sealed of log.records()) {
    // Of a record that retention took there is no header.
    if (sealed.header === '') continue
    const first = Math.floor(Date.parse(parseRecord(sealed).at) / DAY_MS)
    const count = Math.max(0, Math.floor(until / DAY_MS) - first)
    return Array.from({ length: count }, (_, at) => dayAt(first + at))
  }
  return []
}

/** The calls that were received on a day (UTC) as Parquet, without contents; `undefined` where there are none. */
export async function segmentOf(
  day: string,
  reader: Reader,
  log: ExportedLog,
  events: ExportEvents
): Promise<{ readonly rows: number; readonly bytes: Uint8Array } | undefined> {
  const next = dayAt(Date.parse(day) / DAY_MS + 1)
  const filter = filterTree({ since: `${day}T00:00:00Z`, until: `${next}T00:00:00Z` })
  const parts: Uint8Array[] = []
  const output: Output = {
    write: (part) => parts.push(Buffer.from(part as Uint8Array)),
    finish: () => undefined,
    settle: async () => undefined,
    discard: () => undefined
  }
  const request = { format: parquet, filter, contents: false, reasoning: false }
  const { rows } = await exportCalls(reader, log, request, [output], events)
  return rows === 0 ? undefined : { rows, bytes: Buffer.concat(parts) }
}

function dayAt(days: number): string {
  return new Date(days * DAY_MS).toISOString().slice(0, 10)
}
