import type { AdminSigning } from '@slm-audit/core/journal'
import { rotateSigningKeyFile } from '@slm-audit/core/node'
import type { Signer } from '@slm-audit/core/tlog'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { ReadingPool } from './connection/reading-pool.ts'
import { newestKey } from './store/key-records.ts'
import { checkReadable } from './store/schema.ts'
import { OpenedForUpkeep } from './upkeep/administer.ts'

/**
 * Gives a log in PostgreSQL another key: the change is a record, and the checkpoint behind it is signed by both keys, so that
 * whoever trusts the old key can trust the new one. Applications of other machines need the new key before they sign again.
 * Rejects with AuditError `bad_key`, `history_rewritten` for a log that does not continue the heads that were kept of it, and as
 * looking after the log does.
 *
 * @param places Where the newest head is kept on this machine.
 */
export async function rotatePostgresSigningKey(
  place: PlaceOptions,
  from: Signer,
  to: Signer,
  places: Omit<AdminSigning, 'signer'> = {}
): Promise<void> {
  await using opened = await OpenedForUpkeep.open(place, { ...places, signer: from })
  await opened.changeKey(from, to)
}

/**
 * `rotatePostgresSigningKey` for a key in a file of this machine: makes the new key and puts it in the old one's place, which
 * applications that run here notice. A process killed in between leaves the new key beside it, and the next opening of the log
 * takes it, as does the next run.
 */
export async function rotatePostgresSigningKeyFile(
  place: PlaceOptions,
  keyFile: string,
  places: Omit<AdminSigning, 'signer' | 'keyFile'> = {}
): Promise<Signer> {
  return await rotateSigningKeyFile(keyFile, {
    newestKey: () => keyOf(place),
    // The record and the checkpoint that both have signed are one transaction.
    change: (from, to, isRecorded) =>
      isRecorded ? undefined : rotatePostgresSigningKey(place, from, to, { ...places, keyFile })
  })
}

async function keyOf(place: PlaceOptions): Promise<string | undefined> {
  const pool = new ReadingPool(checkPlace(place))
  try {
    return await pool.read(async (connection) => {
      await checkReadable(connection)
      return await newestKey(connection)
    })
  } finally {
    await pool.close()
  }
}
