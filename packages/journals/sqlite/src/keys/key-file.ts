import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { realFile, refuseKeyLeft } from '@slm-audit/core/node'
import { hasContent } from '../store/left-wal.ts'

/** The key file of a database unless another is given: beside the path as given, or what it leads to. */
export function defaultKeyFile(database: string): string {
  const beside = `${resolve(database)}.key`
  return existsSync(beside) ? beside : `${realFile(database)}.key`
}

/**
 * Refuses to begin a new log beside the key of another: the database of that key was moved, deleted
 * or not mounted. Makes nothing. Throws AuditError `bad_key`.
 *
 * @param origin The new log's name where the application gives one; a key that was prepared for it is
 * its key.
 */
export function checkKeyHasDatabase(
  file: string,
  keyFile: string,
  origin: string | undefined
): void {
  if (hasContent(file)) return
  const prepared = keyFile === defaultKeyFile(file) ? undefined : origin
  refuseKeyLeft(keyFile, prepared, `its database is not at ${file}; put the database back`)
}
