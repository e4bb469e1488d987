import { AuditError, parseRecord, type SealedRecord } from '@slm-audit/core'
import type { ProvedRecord, Reader } from '@slm-audit/core/reader'

/** The policy (c2sp.org/tlog-policy) that believes a log: its keys, and no witnesses. */
export function policyOfKeys(keys: readonly string[]): string {
  return [...keys.map((key) => `log ${key}`), 'quorum none', ''].join('\n')
}

/** A record that was put somewhere with its proof. */
export interface PutRecord {
  readonly record: SealedRecord
  /** How the names of its files begin: `proofs/00000012.complete`. */
  readonly base: string
}

/**
 * Puts the records of a call into a folder, each as it was sealed (`.json`) and with its proof (`.tlog-proof`);
 * `undefined` where no checkpoint covers them yet. Rejects as `Reader.prove` does, and with what `put` rejects.
 */
export async function putProved(
  reader: Pick<Reader, 'prove'>,
  auditId: string,
  folder: string,
  put: (name: string, content: string) => Promise<void>
): Promise<readonly PutRecord[] | undefined> {
  const proved = await provedOf(reader, auditId)
  if (!proved) return undefined
  const placed: PutRecord[] = []
  for (const { record, proof } of proved) {
    const base = `${folder}/${String(record.index).padStart(8, '0')}.${stageOf(record)}`
    await put(`${base}.json`, record.header)
    await put(`${base}.tlog-proof`, proof)
    placed.push({ record, base })
  }
  return placed
}

async function provedOf(
  reader: Pick<Reader, 'prove'>,
  auditId: string
): Promise<readonly ProvedRecord[] | undefined> {
  try {
    return await reader.prove(auditId)
  } catch (error) {
    if (!AuditError.is(error) || error.code !== 'bad_proof') throw error
    return undefined
  }
}

/** A stage that may stand in a file's name: a flawed record can have any text for one. */
function stageOf(record: SealedRecord): string {
  const { stage } = parseRecord(record)
  return /^[a-z]{1,16}$/.test(stage) ? stage : 'record'
}
