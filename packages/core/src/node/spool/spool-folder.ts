import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  codeOf,
  FILE_MODE,
  FOLDER_MODE,
  nodeFiles,
  type SpoolFiles,
  writeAllSync
} from './files.ts'
import { formatOwner, type Owner, parseOwner } from './owner.ts'

/**
 * A spool's folder is named `<id>.<owner>`: renaming it hands the spool over. Of several processes that
 * try, one succeeds, as the others no longer find the old name.
 */
export interface SpoolFolder {
  /** Names the spool for good, also in the evidence: 16 hexadecimal digits. */
  readonly id: string
  readonly owner: Owner
  readonly path: string
}

const NAME = /^([0-9a-f]{16})\.(.+)$/

/** The file in a spool's folder that says who can open an encrypted one: see `SpoolKey.wrapped`. */
const KEY = 'key'

/**
 * Makes the folder of a new spool, with the key of an encrypted one, on the disk before any frame is. Throws
 * the system's error.
 */
export function makeSpoolFolder(
  files: SpoolFiles,
  root: string,
  owner: Owner,
  wrappedKey?: Uint8Array
): SpoolFolder {
  const id = randomBytes(8).toString('hex')
  const path = pathOf(root, id, owner)
  files.mkdirSync(path, { recursive: true, mode: FOLDER_MODE })
  if (wrappedKey) {
    const fd = files.openSync(join(path, KEY), 'wx', FILE_MODE)
    try {
      writeAllSync(files, fd, wrappedKey, 0)
      files.fsyncSync(fd)
    } finally {
      files.closeSync(fd)
    }
  }
  return { id, owner, path }
}

/** What opens an encrypted spool; `undefined` where it is not encrypted. Throws the system's other errors. */
export function wrappedKeyIn({ path }: SpoolFolder): Uint8Array | undefined {
  try {
    return readFileSync(join(path, KEY))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Whether a spool is encrypted. */
export function isEncrypted({ path }: SpoolFolder): boolean {
  return existsSync(join(path, KEY))
}

/** The spools below a root; none where there is no such folder. Throws the system's other errors. */
export function listSpoolFolders(files: SpoolFiles, root: string): SpoolFolder[] {
  const folders: SpoolFolder[] = []
  for (const name of namesIn(files, root)) {
    const [, id, rest] = NAME.exec(name) ?? []
    const owner = parseOwner(rest ?? '')
    if (id && owner) folders.push({ id, owner, path: join(root, name) })
  }
  return folders
}

/** Hands a spool over; `undefined` where it is no longer its owner's. Throws the system's other errors. */
export function handOver(
  files: SpoolFiles,
  root: string,
  folder: SpoolFolder,
  owner: Owner
): SpoolFolder | undefined {
  const path = pathOf(root, folder.id, owner)
  try {
    files.renameSync(folder.path, path)
    return { id: folder.id, owner, path }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Gives a spool up to whoever opens the journal next. Never throws. */
export function giveAway(root: string, folder: SpoolFolder, files = nodeFiles): void {
  try {
    handOver(files, root, folder, { ...folder.owner, pid: 0, thread: 0, start: '0' })
  } catch {
    // It is taken over once its owner has ended.
  }
}

/** The names in a folder; none where it is not there. */
export function namesIn(files: SpoolFiles, path: string): string[] {
  try {
    return files.readdirSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Removes a spool of which nothing is needed any more, and the root if it was the last one. */
export function removeSpoolFolder(root: string, path: string, files = nodeFiles): void {
  files.rmSync(path, { recursive: true, force: true })
  try {
    files.rmdirSync(root)
  } catch {
    // Others have their spools there.
  }
}

function pathOf(root: string, id: string, owner: Owner): string {
  return join(root, `${id}.${formatOwner(owner)}`)
}
