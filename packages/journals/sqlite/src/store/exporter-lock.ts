import { openLockFile } from '../driver/lock-file.ts'

/** A lock that the operating system releases when its process dies. */
export interface ExporterLock {
  release(): void
}

/**
 * Takes the lock of the one who delivers to an exporter: an exclusive transaction on an empty
 * database beside the log. `undefined` while another process has it. The file stays, because who
 * waits for the lock has it open.
 */
export function tryExporterLock(file: string, name: string): ExporterLock | undefined {
  return tryLock(`${file}-exporter-${name}`)
}

/** As `tryExporterLock`, of whatever has a path of its own. */
export function tryLock(path: string): ExporterLock | undefined {
  const database = openLockFile(path, 0)
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { readonly code?: unknown }).code === 'SQLITE_BUSY') return undefined
    throw error
  }
  return {
    release() {
      database.close()
    }
  }
}
