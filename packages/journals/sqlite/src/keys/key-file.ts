import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AuditError } from '@slm-audit/core/journal'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { realFile } from '../driver/real-file.ts'

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
  if (!existsSync(keyFile) || hasContent(file) || hasContent(`${file}-wal`)) return
  const { name } = privateKeySigner(readKeyFile(keyFile)).key
  const isPrepared = name === origin && keyFile !== defaultKeyFile(file)
  if (isPrepared) return
  throw new AuditError(
    'bad_key',
    `the key of the log ${name} is at ${keyFile}, but its database is not at ${file}; put the database back, or move the key elsewhere to begin a new log`
  )
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}
