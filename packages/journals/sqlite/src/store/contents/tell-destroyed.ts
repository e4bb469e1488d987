import { realFile } from '@slm-audit/core/node'
import { tellDestroyed } from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { contentsProviderOf } from '../../encryption/contents-provider.ts'
import { originOf } from '../schema.ts'
import { noteTold, untoldKeys } from './key-rows.ts'

/** Tells the provider of a log of keys that were destroyed, if this process has one; else whoever opens the log next does. */
export async function tellProvider(database: Database, file: string): Promise<void> {
  await tellUsed(database, file).catch(() => undefined)
}

/** `tellProvider` for whoever says what the provider answered. */
export async function tellUsed(database: Database, file: string): Promise<void> {
  const used = contentsProviderOf(realFile(file))
  if (!used) return
  const keys = {
    origin: originOf(database),
    untold: () => untoldKeys(database),
    told: (id: number) => noteTold(database, id)
  }
  await tellDestroyed(keys, used)
}
