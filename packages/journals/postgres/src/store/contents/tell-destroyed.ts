import { tellDestroyed } from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { originOf } from '../schema.ts'
import { providerOf } from './content-keys.ts'
import { noteTold, untoldKeys } from './key-rows.ts'

/**
 * Tells the provider of a log of keys that were destroyed, if this process has one, for a user of the server who may note that. What
 * it cannot be told now it is told the next time. Never rejects.
 */
export async function tellProvider(connection: Connection): Promise<void> {
  const used = providerOf(connection)
  if (!used?.provider.destroy) return
  try {
    const keys = {
      origin: await originOf(connection),
      untold: () => untoldKeys(connection),
      told: (id: number) => noteTold(connection, id)
    }
    await tellDestroyed(keys, used)
  } catch {
    // An erasure is done when the keys are gone here: whoever erases or retains next tells of these as well.
  }
}
