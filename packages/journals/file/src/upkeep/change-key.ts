import { type AdminSigning, KEY_ADDED, parseRecord } from '@slm-audit/core/journal'
import { keepHead, type OpenedSigner, pendingKeyChange, signedByAll } from '@slm-audit/core/node'
import type { FileSystem } from '../format/files.ts'
import { fileRow } from '../journal/sealing.ts'
import { cosign } from '../journal/settle-key.ts'
import { checkpointStore } from '../journal/sign-log.ts'
import type { AdministeredFiles, SignAs } from './administer.ts'
import { eventsFrom } from './events.ts'

/** Which key takes the place of which, and who signs from then on. */
interface Change {
  readonly from: OpenedSigner
  readonly to: OpenedSigner
  readonly signAs: SignAs
  /** Where the newest head is kept. */
  readonly places: Pick<AdminSigning, 'keyFile' | 'stateFolder'>
}

/**
 * Records that a log has another key, and stores the checkpoint that both sign; under the log's lock, so that nobody signs in
 * between. Rejects as signing does, before anything is recorded, and as writing the log does.
 */
export async function changeKey(
  { log, directory }: AdministeredFiles,
  { signAs, places, ...keys }: Change,
  system: FileSystem
): Promise<void> {
  const { from, to } = keys
  const change = pendingKeyChange(from, to, log.origin)
  // What is appended cannot be taken back: a service that does not sign is to be known before.
  await signedByAll(log.origin, await log.exclusive(() => log.state.head()), [from, to])
  await log.exclusive(async () => {
    signAs(to)
    await log.appendNow([fileRow(change)], { isSynced: true })
    const note = await cosign(log, directory, keys, system)
    const { keyFile, stateFolder } = places
    if (note) keepHead(checkpointStore(log, directory, { keyFile, stateFolder }).headPaths(), note)
  })
}

/** The key that a log was given last, as a verifier key; the records that say so are never encrypted. */
export async function newestKeyIn(directory: string): Promise<string | undefined> {
  let key: string | undefined
  for await (const sealed of eventsFrom(directory, async (bytes) => bytes, KEY_ADDED)) {
    key = String(parseRecord(sealed).event?.key)
  }
  return key
}
