import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  decodeSealed,
  type RecordFlaw,
  type SealedRecord,
  type StoredLog,
  type VerifyOptions,
  type VerifyReport,
  verifyLog
} from '@slm-audit/core/journal'
import { nodeSha256, readKeptHeads } from '@slm-audit/core/node'
import { hashReader, type ReadTile, rootOf } from '@slm-audit/core/tlog'
import type { Cipher } from '../format/age.ts'
import { readCheckpoints } from '../format/checkpoint-file.ts'
import { KEY, recordsName } from '../format/layout.ts'
import type { ClosedFile, Manifest } from '../format/manifest.ts'
import { fromBase64, toBase64 } from '../format/record-line.ts'
import { LogState } from '../journal/log-state.ts'
import { manifestOf, readDirectory, textsFrom } from '../journal/read-directory.ts'
import { parseLines } from '../journal/records-file.ts'
import { checkArriving } from './check-arriving.ts'
import type { LogSource } from './source.ts'

/** What ends the log before its files do. */
type Problem = Pick<RecordFlaw, 'kind' | 'detail'>

/** Opens the log in a directory. Rejects with AuditError where there is none. */
export async function openDirectory(directory: string, decrypt: Cipher): Promise<LogSource> {
  const manifest = manifestOf(directory)
  const { origin } = manifest
  const { state, problem } = readOpenFiles(directory, manifest)
  const { size } = state
  const keys = await keyRecords(directory)
  const stored = readCheckpoints(directory)
  const checkpoints = () => stored
  const records = async function* (fromIndex = 0): AsyncGenerator<SealedRecord> {
    for await (const sealed of readDirectory(directory, decrypt, fromIndex, true)) {
      if (sealed.index >= size) return
      yield sealed
    }
  }
  const log: StoredLog = {
    origin,
    size,
    // An exporter may have been told to leave contents out, and the files do not say so.
    isPartial: true,
    readTile: state.tiles.read,
    checkpoints,
    keyRecords: (index) => keys.filter((record) => record.index < index),
    // Files are read asynchronously, which only `checkRanges` can wait for.
    records: () => [],
    checkRanges: (fromIndex) => checkArriving(records(fromIndex), origin, fromIndex, size)
  }
  const verify = (options: VerifyOptions = {}) =>
    verifyDirectory(directory, manifest, log, problem, options)
  return { origin, size, records, checkpoints, verify }
}

/** The records that gave the log its keys. They are never encrypted. */
async function keyRecords(directory: string): Promise<SealedRecord[]> {
  const found: SealedRecord[] = []
  let known: string | undefined
  const addsKey = ({ key }: ClosedFile): boolean => {
    const isNew = key !== known
    known = key
    return isNew
  }
  try {
    for await (const { texts } of textsFrom(directory, 0, addsKey)) {
      const lines = texts.filter((text) => text.includes('"kind":"key.added"'))
      found.push(...lines.flatMap((line) => decodeSealed(line) ?? []))
    }
  } catch (error) {
    // Where a file cannot be read is for verification to say.
    if (!AuditError.is(error)) throw error
  }
  return found
}

/** The files that are not closed: what they add to the log, and where they cannot be read. */
function readOpenFiles(
  directory: string,
  { closed }: Manifest
): { readonly state: LogState; readonly problem?: Problem } {
  const state = new LogState(directory, closed.at(-1))
  for (let path = join(directory, recordsName(state.size)); existsSync(path); ) {
    const { lines, damage } = parseLines(readFileSync(path))
    for (const line of lines) {
      if (line.kind !== 'end' && line.first !== state.size) {
        state.saveTiles()
        return { state, problem: { kind: 'missing', detail: `${path} goes on with ${line.first}` } }
      }
      state.apply(line)
    }
    if (damage !== undefined) {
      state.saveTiles()
      return { state, problem: { kind: 'changed', detail: `${path}: ${damage}` } }
    }
    if (lines.at(-1)?.kind !== 'end') break
    path = join(directory, recordsName(state.size))
  }
  state.saveTiles()
  return { state }
}

async function verifyDirectory(
  directory: string,
  manifest: Manifest,
  log: StoredLog,
  problem: Problem | undefined,
  options: VerifyOptions
): Promise<VerifyReport> {
  const { origin, size } = log
  const kept = readKeptHeads([`${join(directory, KEY)}.head`])
  const filesFlaw = checkFiles(directory, manifest, options.since?.size ?? 0)
  if (filesFlaw) {
    const nothing = { checkpoints: 0, unsigned: size, keys: [], openCalls: 0, lostRecords: 0 }
    return {
      origin,
      size,
      from: 0,
      checked: 0,
      flaw: filesFlaw,
      absentContents: 0,
      unexplained: 0,
      ...nothing
    }
  }
  const report = await verifyLog(log, { rest: setImmediate, kept, ...options }, nodeSha256)
  // What cannot be read ends the log before its checkpoints do.
  if (problem !== undefined && (!report.flaw || report.flaw.index === size)) {
    return { ...report, flaw: { index: size, ...problem } }
  }
  if (report.flaw) return report
  const flaw = checkRoots(manifest.closed, log.readTile)
  return flaw ? { ...report, flaw } : report
}

/** Closed files must be there, follow each other and be what the manifest says, byte for byte. */
function checkFiles(directory: string, { closed }: Manifest, from: number): RecordFlaw | undefined {
  let next = 0
  for (const { file, first, end, bytes, sha256 } of closed) {
    const flaw = (kind: RecordFlaw['kind'], detail: string) => ({ index: first, kind, detail })
    if (first !== next) return flaw('missing', `the manifest has no file for record ${next}`)
    next = end
    const path = join(directory, file)
    if (!existsSync(path)) return flaw('missing', `${file} is not there`)
    if (end <= from) continue
    const found = readFileSync(path)
    const digest = createHash('sha256').update(found).digest('hex')
    if (found.length !== bytes || digest !== sha256) {
      return flaw('changed', `${file} does not have the SHA-256 that the manifest gives`)
    }
  }
  return undefined
}

function checkRoots(closed: readonly ClosedFile[], readTile: ReadTile): RecordFlaw | undefined {
  const read = hashReader(readTile, nodeSha256)
  for (const { file, first, end, root } of closed) {
    if (toBase64(rootOf(end, read, nodeSha256)) === toBase64(fromBase64(root))) continue
    return { index: first, kind: 'changed', detail: `the manifest gives another root for ${file}` }
  }
  return undefined
}
