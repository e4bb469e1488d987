import type { KeyProvider } from '@slm-audit/core/node'
import type { Database } from '../../driver/database.ts'
import { realFile } from '../../driver/real-file.ts'
import { contentsProviderOf } from '../../encryption/contents-provider.ts'
import { originOf } from '../schema.ts'
import { withinDeadline } from './content-keys.ts'

interface DestroyedRow {
  readonly id: number
  readonly name: string
}

/** Keys that were destroyed, and that no provider was told of. */
const UNTOLD = "SELECT id, name FROM content_keys WHERE wrapped IS NULL AND wrapped_by <> ''"

/**
 * Tells the provider of data keys that were destroyed, also by a program that has no provider. One that cannot be
 * told is told when the log is opened next. Rejects with what the provider says.
 */
export async function tellDestroyed(
  database: Database,
  provider: KeyProvider,
  { origin, deadlineMs }: { readonly origin: string; readonly deadlineMs: number }
): Promise<void> {
  const told = database.prepare("UPDATE content_keys SET wrapped_by = '' WHERE id = ?")
  for (const { id, name } of database.prepare(UNTOLD).all() as DestroyedRow[]) {
    await withinDeadline(provider.destroy?.({ origin, key: name }), deadlineMs)
    told.run(id)
  }
}

/** Tells the provider of a log of keys that were destroyed, if this process has one; else whoever opens the log next does. */
export async function tellProvider(database: Database, file: string): Promise<void> {
  const used = contentsProviderOf(realFile(file))
  if (!used) return
  const how = { origin: originOf(database), deadlineMs: used.settings.deadlineMs }
  await tellDestroyed(database, used.provider, how).catch(() => undefined)
}
