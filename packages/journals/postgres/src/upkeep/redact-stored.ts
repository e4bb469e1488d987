import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type AdminSigning,
  CONTENTS_REDACTED,
  type PendingRecord,
  parseRecord,
  type RecordScope,
  type Redacted,
  type RedactOptions
} from '@slm-audit/core/journal'
import { logSecret, nodeSha256, pseudonymSecret, userName } from '@slm-audit/core/node'
import {
  commitmentsIn,
  mayBeRedacted,
  noRedactionOfEncrypted,
  type Redacting,
  redactionOf,
  redactionSteps
} from '@slm-audit/core/policy'
import type { Connection } from '../connection/connection.ts'
import { type Place, usualFolder } from '../connection/connection-options.ts'
import { lockIndex } from '../index/indexer.ts'
import { redactedRecords } from '../index/redactions.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { storedScopes } from '../store/contents/stored-users.ts'
import { type RecordWithIds, sealedAt, sizeOf } from '../store/sealed-rows.ts'
import type { AdministeredLog } from './administer.ts'
import { erasePieces, leftToDo } from './erase-stored.ts'
import { chunksOf, planErasure, recordsSharing } from './plan-erasure.ts'

/** For what needs none: what is found is the same. */
const NO_SECRET = new Uint8Array(32)

/** Redacts what is stored, in the transaction of its caller: all of it, or nothing. Rejects with AuditError. */
export async function redactStored(
  log: AdministeredLog,
  { rule, scope, reason, by = userName(), onProgress }: RedactOptions,
  secret: () => Uint8Array
): Promise<Redacted> {
  const { connection, writer } = log
  // First, so that no step under way brings back what goes.
  await lockIndex(connection)
  const steps = redactionSteps(rule)
  const isKeyed = steps.some(({ operator }) => operator === 'hash' || operator === 'pseudonym')
  const how = { steps, secret: isKeyed ? secret() : NO_SECRET, hash: nodeSha256 }
  const { pieces, records, held, incidents } = await findIn(connection, scope, log.size, how)
  const calls = new Set<string>()
  let { size } = log
  for await (const pending of becoming(connection, records, how)) {
    size = await writer.appendNow(connection, size, [{ pending }])
    for (const { record } of pending) calls.add(record.parent ?? '')
  }
  const note = { scope: 'redaction', by, reason }
  const lost = await erasePieces({ ...log, size }, pieces, note, onProgress)
  const report = { calls: calls.size, contents: pieces.length, held, incidents }
  if (pieces.length === 0) return { ...report, isLogEmpty: true }
  const left = await leftToDo(connection, lost.records)
  return { ...report, isLogEmpty: false, leftToDo: left }
}

/** What a redaction would change in a log. Rejects with AuditError. */
export async function rehearseRedaction(
  connection: Connection,
  { rule, scope }: Pick<RedactOptions, 'rule' | 'scope'>
): Promise<Redacted> {
  const how = { steps: redactionSteps(rule), secret: NO_SECRET, hash: nodeSha256 }
  const size = await sizeOf(connection)
  const { pieces, records, held, incidents } = await findIn(connection, scope, size, how)
  const calls = new Set<string>()
  for await (const pending of becoming(connection, records, how)) {
    for (const { record } of pending) calls.add(record.parent ?? '')
  }
  return { calls: calls.size, contents: pieces.length, held, incidents, isLogEmpty: true }
}

/**
 * What pseudonyms and hashes are made with: the secret of the folder that has the log's key, where it has one, as that is the
 * application's; else that of the usual folder, made where it is missing. Asked for where a rule needs it.
 */
export function secretOf(place: Place, { keyFile }: AdminSigning): () => Uint8Array {
  const folders = [...(keyFile === undefined ? [] : [dirname(keyFile)]), usualFolder(place)]
  const roots = folders.map((folder) => join(folder, 'spool'))
  const root = roots.find((each) => existsSync(`${each}.secret`)) ?? roots.at(-1) ?? ''
  return () => pseudonymSecret(logSecret(root))
}

/** What is to go, and the records that may become others: those that are meant, and others that share some of it. */
async function findIn(
  connection: Connection,
  scope: RecordScope | undefined,
  until: number,
  how: Redacting
) {
  if (await hasDataKeys(connection)) throw noRedactionOfEncrypted(connection.schema)
  const scopes = scope ? await storedScopes(connection, scope) : [undefined]
  const plan = await planErasure(connection, scopes, until)
  const found = new Set<string>()
  for (const chunk of chunksOf(plan.records)) {
    for (const sealed of await sealedAt(connection, chunk)) {
      if (!mayBeRedacted(parseRecord(sealed))) continue
      for (const commitment of commitmentsIn(sealed, how)) found.add(commitment)
    }
  }
  const pieces = plan.pieces.filter(({ commitment }) => found.has(commitment))
  const parts = pieces.flatMap(({ part }) => part ?? [])
  const sharing = await recordsSharing(connection, parts)
  const records = [...new Set([...plan.records, ...sharing])].sort((a, b) => a - b)
  const { held, incidents } = plan
  return { pieces, records, held, incidents }
}

/** What becomes of records in which something is found, some at a time. */
async function* becoming(
  connection: Connection,
  records: readonly number[],
  how: Redacting
): AsyncGenerator<readonly PendingRecord[]> {
  for (const chunk of chunksOf(records)) {
    const meant = (await sealedAt(connection, chunk)).filter(isShown)
    const shown = await redactedRecords(connection, meant)
    const pending = shown.flatMap((sealed) => redactionOf(sealed, how) ?? [])
    if (pending.length > 0) yield pending
  }
}

/** Whether a record is seen as itself: what an earlier redaction left is seen with the record that it is of. */
function isShown(sealed: RecordWithIds): boolean {
  const header = parseRecord(sealed)
  return mayBeRedacted(header) && header.kind !== CONTENTS_REDACTED
}
