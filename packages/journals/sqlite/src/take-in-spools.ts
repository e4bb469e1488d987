import { existsSync } from 'node:fs'
import { takeInLeft } from '@slm-audit/core/node'
import { sqliteJournal } from './journal.ts'
import { spoolsOf } from './store/spool-places.ts'

/**
 * Takes into a log what processes that were killed left beside it, where its key is there to sign it.
 * Resolves to how many spools stay, for the application that has the keys. Never rejects.
 */
export async function takeInSpools(file: string): Promise<number> {
  if (!existsSync(`${file}.key`)) return 0
  return await takeInLeft(spoolsOf(file), () => sqliteJournal({ file }))
}
