import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  type RecordFlaw,
  type SealedRecord,
  type StoredLog,
  type VerifyOptions,
  type VerifyReport,
  verifyLog
} from '@slm-audit/core'
import { nodeSha256 } from '@slm-audit/core/node'
import { hashReader, type ReadTile, rootOf } from '@slm-audit/core/tlog'
import type { Cipher } from './age.ts'
import { readCheckpoints } from './checkpoint-file.ts'
import { recordsName } from './layout.ts'
import type { LogSource } from './log-source.ts'
import { LogState } from './log-state.ts'
import type { ClosedFile, Manifest } from './manifest.ts'
import { manifestOf, readDirectory } from './read-directory.ts'
import { fromBase64, toBase64 } from './record-line.ts'
import { parseLines } from './records-file.ts'
import { withLeavesOf } from './with-leaves.ts'

/** Opens the log in a directory. Throws AuditError where there is none. */
export function openDirectory(directory: string, decrypt: Cipher): LogSource {
  const manifest = manifestOf(directory)
  const { state, problem } = readOpenFiles(directory, manifest)
  const { size } = state
  const readTile = state.tiles.read
  const checkpoints = readCheckpoints(directory)
  const records = async function* (fromIndex = 0): AsyncGenerator<SealedRecord> {
    const all = readDirectory(directory, decrypt, fromIndex)
    for await (const sealed of withLeavesOf(readTile, all)) {
      if (sealed.index >= size) return
      yield sealed
    }
  }
  const log: StoredLog = {
    origin: manifest.origin,
    size,
    records,
    readTile,
    checkpoints: () => checkpoints,
    async *keyRecords(index) {
      for await (const sealed of records(0)) {
        if (sealed.index >= index) return
        if (sealed.header.includes('"kind":"key.added"')) yield sealed
      }
    }
  }
  return {
    origin: manifest.origin,
    size,
    records,
    checkpoints: () => checkpoints,
    verify: (options = {}) => verifyDirectory(directory, manifest, log, problem, options)
  }
}

/** The files that are not closed: what they add to the log, and where they cannot be read. */
function readOpenFiles(
  directory: string,
  { closed }: Manifest
): { readonly state: LogState; readonly problem?: string } {
  const state = new LogState(directory, closed.at(-1))
  for (let path = join(directory, recordsName(state.size)); existsSync(path); ) {
    const { lines, damage } = parseLines(readFileSync(path))
    for (const line of lines) {
      if (line.kind !== 'end' && line.first !== state.size) {
        state.saveTiles()
        return { state, problem: `${path} goes on with record ${line.first}` }
      }
      state.apply(line)
    }
    if (damage !== undefined) {
      state.saveTiles()
      return { state, problem: `${path}: ${damage}` }
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
  problem: string | undefined,
  options: VerifyOptions
): Promise<VerifyReport> {
  const { origin, size } = log
  const filesFlaw = checkFiles(directory, manifest, options.since?.size ?? 0)
  if (filesFlaw) {
    const nothing = { checkpoints: 0, unsigned: size, keys: [], openCalls: 0, lostRecords: 0 }
    return { origin, size, from: 0, checked: 0, flaw: filesFlaw, absentContents: 0, ...nothing }
  }
  const report = await verifyLog(log, { rest: setImmediate, ...options }, nodeSha256)
  if (report.flaw) return report
  if (problem !== undefined) {
    return { ...report, flaw: { index: size, kind: 'changed', detail: problem } }
  }
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
