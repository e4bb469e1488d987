import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { contentLines, makeFolder } from '@slm-audit/core/node'
import type { AuditedCall, Reader } from '@slm-audit/core/reader'
import { visibleJson } from '../../render/columns.ts'
import type { OutputFolder } from '../output-folder.ts'
import { policyOfKeys, putProved } from '../proved-records.ts'
import { type Incident, timelinePage } from './timeline-page.ts'

/** What a bundle is made of. */
export interface Bundle {
  /** Names of its files, in the folder. */
  readonly files: readonly string[]
  /** How many records have a proof. */
  readonly proven: number
  /** Indices of records that no checkpoint covers yet. */
  readonly unproven: readonly number[]
}

/** Where a bundle goes and what it is about. */
export interface BundleRequest extends Pick<Incident, 'name' | 'filter'> {
  /** The folder; made where it is missing. */
  readonly folder: string
  /** The same folder, for its files. */
  readonly output: OutputFolder
  /** The calls, by auditId, in any order. */
  readonly calls: readonly string[]
  /** Hears of calls that are done. */
  readonly onProgress: (done: number, of: number) => void
}

/**
 * Writes an incident as one folder: a page with its calls in the order of time, the calls as JSON lines, each
 * record with its proof, what was said of the calls among them, and the policy that believes the log. Rejects
 * with AuditError where a file cannot be written.
 */
export async function writeBundle(reader: Reader, request: BundleRequest): Promise<Bundle> {
  const { name, filter, folder, output, onProgress } = request
  const files: string[] = []
  const unproven: number[] = []
  const put = async (file: string, content: string): Promise<void> => {
    await output.put(file, content)
    files.push(file)
  }
  makeFolder(join(folder, 'records'))
  const calls: AuditedCall[] = []
  for (const [at, auditId] of request.calls.entries()) {
    // Signals are let in.
    await setImmediate()
    const call = await reader.get(auditId)
    if (call === undefined) continue
    calls.push(call)
    for (const id of [auditId, ...(call.annotations ?? []).map((each) => each.auditId)]) {
      unproven.push(...(await putRecords(reader, id, put)))
    }
    onProgress(at + 1, request.calls.length)
  }
  calls.sort((one, other) => (one.indices[0] ?? 0) - (other.indices[0] ?? 0))
  const proven = files.filter((file) => file.endsWith('.tlog-proof')).length
  await put('calls.jsonl', calls.map((call) => `${visibleJson(call)}\n`).join(''))
  await put('policy.txt', policyOfKeys(await reader.keys()))
  const note = await reader.checkpoint()
  if (note !== undefined) await put('checkpoint.txt', note)
  // The page that people open is there once all that it is about is.
  await output.settle()
  const origin = calls[0]?.record.log.origin ?? ''
  const madeAt = new Date().toISOString()
  await put('timeline.html', timelinePage({ name, origin, filter, madeAt, calls, unproven }))
  await output.settle()
  return { files, proven, unproven }
}

/** Writes the records of a call with their proofs and contents; gives the indices of those that have no proof yet. */
async function putRecords(
  reader: Reader,
  auditId: string,
  put: (file: string, content: string) => Promise<void>
): Promise<readonly number[]> {
  const placed = await putProved(reader, auditId, 'records', put)
  // What is not signed yet is named, and the rest goes on.
  if (!placed) return (await reader.get(auditId))?.indices ?? []
  for (const { record, base } of placed) {
    const contents = contentLines(record)
    if (contents) await put(`${base}.contents.jsonl`, contents)
  }
  return []
}
