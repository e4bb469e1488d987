import * as nodeFiles from 'node:fs'
import { keyLeft, signedByAll } from '@slm-audit/core/node'
import type { Signer } from '@slm-audit/core/tlog'
import { addCheckpoint, newestCheckpoint } from '../format/checkpoint-file.ts'
import type { FileSystem } from '../format/files.ts'
import { readLine } from '../format/line.ts'
import type { LogFiles } from './log-files.ts'
import { textsFrom } from './read-directory.ts'

/** Which key takes the place of which. */
export interface ChangedKeys {
  readonly from: Signer
  readonly to: Signer
}

/**
 * Ends a change of a log's key file that was cut short behind its record: both keys sign for it, where they have not, and the new
 * one takes the place of the old one. Under the log's lock. Rejects as signing, and as writing the log does.
 */
export async function settleKey(log: LogFiles, directory: string, keyFile: string): Promise<void> {
  const left = keyLeft(keyFile, log.state.key)
  if (!left) return
  await cosign(log, directory, left, nodeFiles)
  left.settle()
}

/**
 * Stores the checkpoint right behind the newest change of keys, signed by both, unless that is there; under the log's lock.
 * Resolves to it. Rejects as `settleKey`.
 */
export async function cosign(
  log: LogFiles,
  directory: string,
  { from, to }: ChangedKeys,
  files: FileSystem
): Promise<string | undefined> {
  const signed = newestCheckpoint(directory)?.size ?? 0
  const size = (await newestKeyFrom(directory, signed)) + 1
  if (size <= signed) return undefined
  const note = await signedByAll(log.origin, log.state.head(size), [from, to])
  addCheckpoint(files, directory, { size, note })
  return note
}

/** The index of the newest record that gives a log a key, from an index on; -1 where none does. */
async function newestKeyFrom(directory: string, from: number): Promise<number> {
  let newest = -1
  for await (const { texts } of textsFrom(directory, from)) {
    for (const text of texts) {
      const line = readLine(text)
      if (!line || line.kind === 'end' || line.kind === 'pruned') continue
      for (const [at, { key }] of line.facts.entries()) {
        const index = line.first + at
        if (key !== undefined && index >= from) newest = index
      }
    }
  }
  return newest
}
