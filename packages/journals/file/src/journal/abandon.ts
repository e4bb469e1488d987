import {
  AuditError,
  type AuditRecord,
  type PendingRecord,
  parseRecord,
  pendingAbandoned
} from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import type { OpenCall } from '../format/manifest.ts'
import { isWriterDead } from './file-lock.ts'
import type { LogFiles } from './log-files.ts'
import { readDirectory } from './read-directory.ts'

/**
 * Writes `abandoned` for the calls that dead writers left open; those of living ones are theirs.
 * Where the records are encrypted and no identity is at hand, it says no more than the file shows.
 */
export async function abandonCallsOfDeadWriters(
  log: LogFiles,
  directory: string,
  decrypt: Cipher
): Promise<void> {
  const left = await log.exclusive(() => leftOpen(log, directory))
  if (left.length === 0) return
  const headers = await receivedRecords(directory, left, decrypt)
  const at = Date.now()
  const pending = left.map((call) =>
    pendingAbandoned(headers.get(call.index) ?? bare(call, at), at)
  )
  // Two processes may find the same dead writer; the second then stores nothing.
  await log.append(pending.map((one): PendingRecord => ({ ...one, retried: true })))
}

function leftOpen(log: LogFiles, directory: string): OpenCall[] {
  const dead = new Map<string, boolean>()
  return [...log.state.openCalls.values()].filter(({ writer }) => {
    if (!dead.has(writer)) dead.set(writer, writer !== '' && isWriterDead(directory, writer))
    return dead.get(writer)
  })
}

async function receivedRecords(
  directory: string,
  calls: readonly OpenCall[],
  decrypt: Cipher
): Promise<Map<number, AuditRecord>> {
  const wanted = new Set(calls.map(({ index }) => index))
  const found = new Map<number, AuditRecord>()
  try {
    for await (const sealed of readDirectory(directory, decrypt, Math.min(...wanted))) {
      if (wanted.delete(sealed.index)) found.set(sealed.index, parseRecord(sealed))
      if (wanted.size === 0) break
    }
  } catch (error) {
    if (!AuditError.is(error) || error.code !== 'bad_key') throw error
  }
  return found
}

/** What is known of a record that cannot be decrypted here. */
function bare({ auditId, kind, index }: OpenCall, at: number): AuditRecord {
  return {
    schema: 2,
    kind,
    stage: 'received',
    auditId,
    at: new Date(at).toISOString(),
    log: { contents: {}, index, origin: '' }
  }
}
