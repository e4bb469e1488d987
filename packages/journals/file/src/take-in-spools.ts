import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { takeInLeft } from '@slm-audit/core/node'
import { defaultKeyFile, SPOOLS } from './format/layout.ts'
import { fileJournal } from './journal.ts'

/**
 * Takes into a log what processes that were killed left in its directory, where its key is there to sign it. Resolves to
 * how many spools stay, for the application that has the keys. Never rejects.
 */
export async function takeInSpools(directory: string): Promise<number> {
  if (!existsSync(defaultKeyFile(directory))) return 0
  return await takeInLeft(join(directory, SPOOLS), () => fileJournal({ directory }))
}
