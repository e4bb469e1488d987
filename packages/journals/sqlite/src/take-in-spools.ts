import { existsSync } from 'node:fs'
import { takeInLeft } from '@slm-audit/core/node'
import { spoolsOf } from './store/spool-places.ts'

/**
 * Takes into a log what processes that were killed left beside it, where its key is there to sign it.
 * Resolves to how many spools stay, for the application that has the keys. Never rejects.
 */
export async function takeInSpools(file: string): Promise<number> {
  if (!existsSync(`${file}.key`)) return 0
  return await takeInLeft(spoolsOf(file), async () => {
    // What writes a log is half of the package, and readers seldom find something left.
    const { sqliteJournal } = await import('./journal.ts')
    return await sqliteJournal({ file })
  })
}
