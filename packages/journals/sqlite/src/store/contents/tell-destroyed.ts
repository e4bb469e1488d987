import { AuditError, messageOf } from '@slm-audit/core/journal'
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
 * told is told the next time. Rejects with what the provider says.
 */
async function tellDestroyed(
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
  await tellUsed(database, file).catch(() => undefined)
}

async function tellUsed(database: Database, file: string): Promise<void> {
  const used = contentsProviderOf(realFile(file))
  if (!used) return
  const how = { origin: originOf(database), deadlineMs: used.settings.deadlineMs }
  await tellDestroyed(database, used.provider, how)
}

/** Tells the provider of destroyed keys while a log is open, one time after the other. */
export class DestroyedKeys {
  readonly #database: Database
  readonly #file: string
  readonly #failed: (problem: AuditError) => void
  #telling: Promise<void> = Promise.resolve()
  #isStopped = false

  /** `failed` hears that the provider could not be told. */
  constructor(database: Database, file: string, failed: (problem: AuditError) => void) {
    this.#database = database
    this.#file = file
    this.#failed = failed
  }

  /** Tells of those that were destroyed and not told of; returns at once. */
  tell(): void {
    this.#telling = this.#telling.then(() => this.#tell())
  }

  /** Ends it; of what was not told whoever opens the log next tells. */
  stop(): void {
    this.#isStopped = true
  }

  async #tell(): Promise<void> {
    try {
      if (!this.#isStopped) await tellUsed(this.#database, this.#file)
    } catch (cause) {
      // Its database is closed.
      if (this.#isStopped) return
      const message = `the key provider could not be told of keys that were destroyed: ${messageOf(cause)}; it is told when retention runs next, or the log is opened`
      this.#failed(new AuditError('bad_key', message, { cause }))
    }
  }
}
