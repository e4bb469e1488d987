import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { AuditError } from '../base/error.ts'

/** As many links as Linux follows. */
const MOST_LINKS = 40

/**
 * The file that a path leads to by links, also where it is not there yet: SQLite keeps its files beside
 * that one, and so must everything else that belongs to the log. Throws AuditError
 * `journal_unavailable` for links that lead in a circle.
 */
export function realFile(path: string): string {
  let file = resolve(path)
  for (let links = 0; links <= MOST_LINKS; links++) {
    if (!isLink(file)) return file
    file = resolve(dirname(file), readlinkSync(file))
  }
  throw new AuditError('journal_unavailable', `${path} is a link that leads in a circle`)
}

function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink()
  } catch {
    // What is not there, or cannot be looked at, is for whoever opens it to explain.
    return false
  }
}
