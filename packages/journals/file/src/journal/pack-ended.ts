import * as nodeFiles from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newestCheckpoint } from '../format/checkpoint-file.ts'
import { type Compression, pack } from '../format/compression.ts'
import { bytesOf, type FileSystem, replaceFile } from '../format/files.ts'
import { PACK_LOCK, recordsName } from '../format/layout.ts'
import { addClosedFile, type ClosedFile, readManifest } from '../format/manifest.ts'
import { digestOf, namesFor } from '../format/records-files.ts'
import { FileLock } from './file-lock.ts'
import type { LogFiles } from './log-files.ts'
import type { EndedFile } from './log-files-settings.ts'
import { syncTiles } from './tile-files.ts'

/** Two that try at once may both be refused; a short wait lets one of them through. */
const SHORT_WAIT_MS = 50

/**
 * Compresses the files that have ended and puts them into the manifest, in order, away from the
 * appends. One process at a time does so, others wait for `waitMs`; what is left undone is done by a later call,
 * or by the next opening.
 */
export async function packEnded(
  log: LogFiles,
  directory: string,
  compression?: Compression,
  files: FileSystem = nodeFiles,
  waitMs = SHORT_WAIT_MS
): Promise<void> {
  const lock = new FileLock(join(directory, PACK_LOCK), waitMs)
  try {
    lock.take()
  } catch {
    // Another process is at it.
    lock.close()
    return
  }
  try {
    await packAll(log, directory, compression, files)
  } finally {
    lock.close()
  }
}

/** `packEnded` for whoever holds the lock of those who pack. */
export async function packAll(
  log: LogFiles,
  directory: string,
  compression: Compression | undefined,
  files: FileSystem
): Promise<void> {
  for (let ended = log.ended[0]; ended; ended = log.ended[0]) {
    await packFile(log, directory, ended, compression, files)
    log.ended.shift()
  }
}

async function packFile(
  log: LogFiles,
  directory: string,
  ended: EndedFile,
  compression: Compression | undefined,
  files: FileSystem
): Promise<void> {
  const plain = join(directory, recordsName(ended.first))
  if (!nodeFiles.existsSync(plain)) return
  if (isListed(directory, ended)) return removePacked(directory, files, ended.first)
  const bytes = await pack(await readFile(plain), compression)
  const file = recordsName(ended.first, compression)
  if (compression) replaceFile(files, join(directory, file), bytes)
  syncTiles(files, directory, ended.first, ended.end)
  await log.exclusive(() => {
    if (isListed(directory, ended)) return
    const checkpoint = newestCheckpoint(directory)?.size
    addClosedFile(files, directory, {
      file,
      first: ended.first,
      end: ended.end,
      bytes: bytes.length,
      sha256: digestOf(bytes),
      root: ended.root,
      ...(checkpoint !== undefined && { checkpoint }),
      ...(ended.key !== undefined && { key: ended.key }),
      open: ended.open
    })
  })
  removePacked(directory, files, ended.first)
}

/**
 * Removes what processes that died have left of closed files beside what is listed: what was compressed and not removed,
 * and what was compressed and not listed before another process listed it otherwise.
 */
export function removePacked(directory: string, files: FileSystem = nodeFiles, from = 0): void {
  const closed = readManifest(directory)?.closed ?? []
  const entries = nodeFiles.readdirSync(directory, { withFileTypes: true })
  const there = new Set(entries.filter((each) => !each.isDirectory()).map(({ name }) => name))
  for (const { file, first, sha256 } of closed) {
    const others = namesFor(first).filter((name) => name !== file && there.has(name))
    if (first < from || others.length === 0) continue
    // An entry can be damaged, and this all that there is of the records.
    const listed = bytesOf(join(directory, file))
    if (!listed || digestOf(listed) !== sha256) continue
    for (const name of others) files.rmSync(join(directory, name), { force: true })
  }
}

function isListed(directory: string, { first, root }: EndedFile): boolean {
  const isIt = (entry: ClosedFile) => entry.first === first && entry.root === root
  return readManifest(directory)?.closed.some(isIt) ?? false
}
