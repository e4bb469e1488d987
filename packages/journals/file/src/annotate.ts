import { resolve } from 'node:path'
import {
  type AnnotateOptions,
  type AnnotateReport,
  type AuditRecord,
  checkAnnotate,
  type PendingRecord,
  parseRecord,
  pendingAnnotations
} from '@slm-audit/core/journal'
import { subjectKeysBeside } from '@slm-audit/core/subjects'
import { decrypterFor } from './format/age.ts'
import type { LogFiles } from './journal/log-files.ts'
import { protectedFiles } from './journal/log-subjects.ts'
import { closedOf, readDirectory } from './journal/read-directory.ts'
import { fileRow } from './journal/sealing.ts'
import { type AdminKeys, administer } from './upkeep/administer.ts'

/** What is said, and of which calls of a log in files. */
export type FileAnnotateOptions = AnnotateOptions & AdminKeys

/**
 * Says something of calls of a log in files, for programs that have no open log: a review tool, an evaluation, a command.
 * Applications may go on writing meanwhile. Each annotation has the context of its call.
 *
 * Rejects with AuditError `bad_option` for an annotation that says nothing, `not_found` for a call that is not in the log,
 * `bad_key` for a key that is not the log's, or without an identity where the log is encrypted, or where this process was not
 * told of the keys of its contents (`unlockContents`), and as opening a log does.
 */
export async function annotateCalls(
  path: string,
  options: FileAnnotateOptions
): Promise<AnnotateReport> {
  const { identities = [], recipients = [], ...rest } = options
  checkAnnotate(rest)
  const { calls } = rest
  if (calls.length === 0) return { indices: [] }
  const directory = resolve(path)
  closedOf(directory)
  const newest = await newestOf(directory, calls, identities)
  const pending = pendingAnnotations(rest, (auditId) => newest.get(auditId))
  return await administer(directory, rest, { identities, recipients }, ({ log }) =>
    appendOf(log, directory, pending)
  )
}

/** Adds what is said, encrypted where the contents of the log are. */
async function appendOf(
  log: LogFiles,
  directory: string,
  pending: readonly PendingRecord[]
): Promise<AnnotateReport> {
  const rows = pending.map(fileRow)
  const keys = await subjectKeysBeside(protectedFiles(directory, log))?.get(rows)
  return await log.exclusive(async () => {
    await log.appendNow(rows, { keys })
    const from = log.state.size - rows.length
    return { indices: rows.map((_, at) => from + at) }
  })
}

/** The newest record of each call that the log has, in one walk through it. */
async function newestOf(
  directory: string,
  calls: readonly string[],
  identities: readonly string[]
): Promise<ReadonlyMap<string, AuditRecord>> {
  const asked = new Set(calls)
  const newest = new Map<string, AuditRecord>()
  for await (const sealed of readDirectory(directory, await decrypterFor(identities))) {
    const record = parseRecord(sealed)
    if (asked.has(record.auditId)) newest.set(record.auditId, record)
  }
  return newest
}
