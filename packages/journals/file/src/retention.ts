import { resolve } from 'node:path'
import {
  checkRetention,
  noRetention,
  type PendingRetention,
  type RetentionOptions,
  type RetentionReport,
  retentionOf
} from '@slm-audit/core/journal'
import { type Cipher, decrypterFor } from './format/age.ts'
import { tellFiles } from './journal/log-subjects.ts'
import { closedOf } from './journal/read-directory.ts'
import { openDirectory } from './source/source-directory.ts'
import { SubjectFile } from './subjects/subject-file.ts'
import { type AdminKeys, administer } from './upkeep/administer.ts'
import { KeyUse } from './upkeep/key-use.ts'
import { newestRetention, RetentionRun } from './upkeep/retain-stored.ts'
import { RetentionPlan } from './upkeep/retention-plan.ts'

/** By what, and for which moment, a log in files is looked at. */
export type FileRetentionOptions = RetentionOptions & AdminKeys

/**
 * Says what retention would take out of a log in files now: which records have come to the end of their contents or of
 * their whole time, and what holds keep. Changes nothing.
 *
 * Rejects with AuditError `bad_policy` where no policy says how long records are kept, `bad_key` without an identity where
 * the log is encrypted, and as opening a log does.
 */
export async function planRetention(
  path: string,
  options: FileRetentionOptions = {}
): Promise<RetentionReport> {
  const { identities = [], recipients: _, ...rest } = options
  checkRetention('planRetention', rest)
  const directory = resolve(path)
  closedOf(directory)
  const decrypt = await decrypterFor(identities)
  const pending = await pendingOf(directory, decrypt, rest)
  const { size } = await openDirectory(directory, decrypt)
  const plan = await RetentionPlan.of({ directory, decrypt, pending, size })
  const subjects = new SubjectFile(directory)
  const use = new KeyUse({ directory, decrypt })
  if (subjects.hasKeys) await use.look((index) => plan.isConcerned(index))
  const report = { ...plan.report, keys: use.unused(subjects).length }
  options.onProgress?.(report)
  return report
}

/**
 * Takes out of a log in files what has come to the end of its time: contents, then whole records by tiles of 256, of which
 * the leaf hashes stay, so that every proof of the others does. Closed files that have something of it are written anew,
 * compressed and encrypted as they are, and records say what went. Applications may go on writing the log. A process that is
 * killed meanwhile leaves the rest to whoever opens the log next.
 *
 * Rejects with AuditError `bad_policy` where no policy says how long records are kept, `bad_key` for a key that is not the
 * log's, or without an identity where the log is encrypted, and as opening a log does.
 */
export async function applyRetention(
  path: string,
  options: FileRetentionOptions = {}
): Promise<RetentionReport> {
  const { identities = [], recipients = [], ...rest } = options
  checkRetention('applyRetention', rest)
  const directory = resolve(path)
  closedOf(directory)
  const pending = await pendingOf(directory, await decrypterFor(identities), rest)
  return await administer(directory, rest, { identities, recipients }, async (files) => {
    const run = new RetentionRun(files, pending)
    for await (const _ of run.steps()) rest.onProgress?.(run.taken)
    await tellFiles(directory, files.log).catch(() => undefined)
    return run.report
  })
}

async function pendingOf(
  directory: string,
  decrypt: Cipher,
  { policy, now = new Date() }: RetentionOptions
): Promise<PendingRetention> {
  const known = policy ? retentionOf(policy) : await newestRetention(directory, decrypt)
  if (known) return { ...known, now: now.getTime() }
  throw noRetention(directory)
}
