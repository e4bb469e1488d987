import { Worker } from 'node:worker_threads'
import { AuditError, type AuditErrorCode } from '@slm-audit/core/journal'
import { type CompareRequest, type Comparison, filterTree } from '@slm-audit/core/reader'

/** What the thread says: how far it is, and at the end what it found or what went wrong. */
export type CompareAnswer =
  | { readonly done: number; readonly of: number }
  | { readonly comparison: Comparison }
  | { readonly code: AuditErrorCode; readonly problem: string }

/**
 * Compares two sides on a thread of its own, as thousands of calls are read and parsed. What `onProgress` throws
 * ends it and is rejected with. Rejects with AuditError `bad_query`, `journal_unavailable` and as reading does.
 */
export async function compareInThread(
  file: string,
  { first, second, filter = {}, setting, pairBy, limit, onProgress }: CompareRequest
): Promise<Comparison> {
  // A filter that cannot be read is told here, with the place where it is wrong.
  const filters = {
    first: filterTree(first),
    second: filterTree(second),
    filter: filterTree(filter)
  }
  const request = {
    ...filters,
    ...(setting && { setting }),
    ...(pairBy && { pairBy }),
    ...(limit !== undefined && { limit })
  }
  const name = import.meta.url.endsWith('.ts') ? '../compare-worker.ts' : './compare-worker.js'
  const options = { workerData: { file, request }, execArgv: [], name: 'slm-audit compare' }
  const worker = new Worker(new URL(name, import.meta.url), options)
  const found = Promise.withResolvers<Comparison>()
  const fail = (cause: unknown): void => {
    const problem = `the comparison ended early (${String(cause)}); try again`
    found.reject(new AuditError('journal_unavailable', problem, { cause }))
  }
  worker.on('message', (said: CompareAnswer) => {
    if ('comparison' in said) found.resolve(said.comparison)
    else if ('problem' in said) found.reject(new AuditError(said.code, said.problem))
    else {
      try {
        onProgress?.(said.done, said.of)
      } catch (error) {
        found.reject(error)
      }
    }
  })
  worker.on('error', fail)
  worker.on('exit', () => fail('its thread ended'))
  try {
    return await found.promise
  } finally {
    await worker.terminate()
  }
}
