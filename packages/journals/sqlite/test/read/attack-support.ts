import { copyFileSync } from 'node:fs'
import type { VerifyOptions } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import type { Database } from '../../src/driver/database.ts'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog } from '../support.ts'

const CALLS = 4

/** A log of one key record and eight records of calls, signed as a whole; gives its checkpoint. */
export async function makeLog(file: string, origin = 'example.com/log'): Promise<string> {
  const { log } = await openLog({ file, origin })
  for (let call = 0; call < CALLS; call++) {
    await log.record({ ...chat, input: `question ${call}` }, async () => `answer ${call}`)
  }
  await log.close()
  await using reader = await openReader(file)
  return (await reader.checkpoint()) ?? ''
}

/** A copy of a log in the hands of somebody who can write the file and drops every guard. */
export function attack(from: string, run: (database: Database) => void): string {
  const file = freshFile()
  copyFileSync(from, file)
  const database = openDatabase(file)
  const triggers = `SELECT name FROM sqlite_schema WHERE type = 'trigger'`
  for (const name of database.prepare(triggers).pluck().all()) database.exec(`DROP TRIGGER ${name}`)
  run(database)
  database.close()
  return file
}

/** What the reader finds in a file. */
export async function verify(file: string, options: VerifyOptions = {}) {
  await using reader = await openReader(file)
  return await reader.verify(options)
}
