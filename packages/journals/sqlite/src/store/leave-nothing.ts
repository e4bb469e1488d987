import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { openDatabase } from '../driver/driver.ts'

/**
 * Takes away what SQLite keeps beside a database, once it was read and nobody has it open any more:
 * the last reader may have closed it after the last writer, and readers take nothing away. SQLite
 * itself does so, under its locks, and only an empty write-ahead log goes.
 */
export function leaveNothing(file: string): void {
  try {
    const log = statSync(`${file}-wal`, { throwIfNoEntry: false })
    if (log?.size !== 0 || !existsSync(`${file}-shm`) || !isOwn(file)) return
    accessSync(file, constants.W_OK)
    const database = openDatabase(file, { timeoutMs: 0 })
    try {
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
    } finally {
      database.close()
    }
  } catch {
    // Somebody else has it open, or may write there and we not: their files stay.
  }
}

function isOwn(file: string): boolean {
  return process.getuid === undefined || statSync(file).uid === process.getuid()
}
