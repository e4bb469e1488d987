import * as nodeFiles from 'node:fs'
import {
  ACCESS,
  AuditError,
  KEY_ADDED,
  pendingEvent,
  pendingUnsigned,
  type UnsignedEnd
} from '@slm-audit/core/journal'
import {
  type CheckpointStore,
  continuesHeads,
  endMark,
  isKeyToRecord,
  keptHeadPaths,
  nodeSha256,
  type OpenedSigner,
  readKeptHeads,
  unsignedEnd
} from '@slm-audit/core/node'
import { consistencyProof, formatVerifierKey, hashReader } from '@slm-audit/core/tlog'
import { addCheckpoint, newestCheckpoint } from '../format/checkpoint-file.ts'
import { endOf, readLine } from '../format/line.ts'
import { type MarkHead, markedBatch } from './end-marks.ts'
import type { LogFiles } from './log-files.ts'
import { textsFrom } from './read-directory.ts'
import { settleKey } from './settle-key.ts'

/** Where the newest head of a log is kept beside it. */
export interface HeadPlaces {
  readonly keyFile: string | undefined
  readonly stateFolder: boolean | undefined
}

/** The checkpoints of a log in files. */
export function checkpointStore(
  log: LogFiles,
  directory: string,
  places: HeadPlaces
): CheckpointStore {
  const { origin } = log
  const { keyFile } = places
  const newestSize = () => newestCheckpoint(directory)?.size ?? 0
  return {
    origin,
    head: () =>
      log.exclusive(async () => {
        // Another process may have been killed while it changed the key.
        if (keyFile !== undefined) await settleKey(log, directory, keyFile)
        log.checkSigned()
        return log.state.head()
      }),
    proof: (first, second) => {
      log.state.saveTiles()
      const read = hashReader(log.state.tiles.read, nodeSha256)
      return consistencyProof(first, second, read, nodeSha256)
    },
    headPaths: () => keptHeadPaths({ log: directory, origin, key: log.state.key, ...places }),
    newestSize,
    newestKey: () => log.state.key,
    store: (size, note) =>
      log.exclusive(() => {
        if (newestSize() >= size) return false
        addCheckpoint(nodeFiles, directory, { size, note })
        return true
      }),
    append: (one) => log.append([one])
  }
}

/** Makes sure that the log knows the key that will sign it. Rejects with AuditError `bad_key` for another one. */
export function admitKey(log: LogFiles, signer: OpenedSigner): Promise<void> {
  const { key, custody = 'signer' } = signer
  return log.exclusive(async () => {
    if (!isKeyToRecord(log.state.key, key, log.origin)) return
    await log.appendNow([pendingEvent(KEY_ADDED, { key: formatVerifierKey(key), custody })])
  })
}

/** Whether a checkpoint covers all records. */
export function isSigned(log: LogFiles, directory: string): boolean {
  return log.state.size <= (newestCheckpoint(directory)?.size ?? 0)
}

/** What `recordUnsigned` is told. */
interface Opening {
  /** Whether a lock of another writer was there. */
  readonly hasWriters: boolean
  /** What signs the log: another one once its key was changed. */
  readonly signer: () => OpenedSigner
  readonly store: Pick<CheckpointStore, 'headPaths' | 'proof' | 'newestKey'>
}

/**
 * Says in the log that its end had no signature and nothing that explains it, before it is signed. Resolves to what stood
 * there; `undefined` where all is as it should be. What is appended is marked from then on.
 */
export function recordUnsigned(
  log: LogFiles,
  directory: string,
  { hasWriters, signer, store }: Opening
): Promise<UnsignedEnd | undefined> {
  const { origin } = log
  return log.exclusive(async () => {
    const { size } = log.state
    const signed = newestCheckpoint(directory)?.size ?? 0
    const key = formatVerifierKey(signer().key)
    // A log that has another key is not signed with this one, which opening it says.
    if ((store.newestKey() ?? key) !== key) return undefined
    const headPaths = store.headPaths()
    const head = log.state.head()
    if (!continuesHeads(readKeptHeads(headPaths), origin, head, store.proof)) return undefined
    const first = signer()
    const markHead: MarkHead = (marked) => endMark(first, origin, marked)
    const marked = markedBatch(directory)?.to ?? 0
    const isMarkedTo = marked > signed && marked < size && log.isEndMarked(markHead, marked)
    const areRead = size > signed && (await areAccesses(directory, isMarkedTo ? marked : signed))
    const isMarked = areRead || (first.signNow && log.isEndMarked(markHead))
    const end = unsignedEnd({ size, signed, isMarked, hasWriters, headPaths })
    log.markEnds((marked) => endMark(signer(), origin, marked))
    if (end) await log.appendNow([pendingUnsigned(end)])
    return end
  })
}

/** Says in the log how many records of its end were lost, where that was found when it was opened. */
export async function recordLost(log: LogFiles): Promise<void> {
  const { had, from } = log.lost ?? { had: 0, from: 0 }
  if (had > from) await log.append([pendingEvent('gap', { records: had - from })])
}

/** Whether all records from an index on say who read the log: readers have no key, and add nothing else. */
async function areAccesses(directory: string, from: number): Promise<boolean> {
  let isAny = false
  try {
    for await (const { texts } of textsFrom(directory, from)) {
      for (const text of texts) {
        const line = readLine(text)
        if (!line || line.kind === 'end') continue
        if (line.kind === 'pruned' && endOf(line) > from) return false
        for (const [at, { kind, stage }] of line.facts.entries()) {
          if (line.first + at < from) continue
          if (kind !== ACCESS || stage !== 'event') return false
          isAny = true
        }
      }
    }
  } catch (error) {
    // What cannot be read explains nothing.
    if (!AuditError.is(error)) throw error
    return false
  }
  return isAny
}
