import { existsSync, renameSync } from 'node:fs'
import { type OpenedSigner, openKey, type WorkerKey } from '@slm-audit/core/node'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import type { NewestKey } from '../store/key-records.ts'
import { nextKeyFile } from './rotate-key.ts'

/** Asks the caller's thread for a signature. */
type Ask = (message: Uint8Array) => Promise<Uint8Array>

/** The signer of a log. Finishes a change of its key file that was interrupted. Throws AuditError `bad_key`. */
export function openLogSigner(
  source: WorkerKey,
  {
    origin,
    newestKey,
    ask
  }: { readonly origin: string; readonly newestKey: NewestKey; readonly ask: Ask }
): OpenedSigner {
  const hasKey = newestKey.get() !== undefined
  const signer = openKey(source, origin, ask, hasKey)
  if (source.kind !== 'file') return signer
  const next = nextKeyFile(source.path)
  const isCurrent = newestKey.get() === formatVerifierKey(signer.key)
  if (isCurrent || !existsSync(next)) return signer
  // A change of keys was interrupted after it had been recorded.
  const changed = openKey({ kind: 'file', path: next }, origin, ask, hasKey)
  if (newestKey.get() !== formatVerifierKey(changed.key)) return signer
  renameSync(next, source.path)
  return changed
}
