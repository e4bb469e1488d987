import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { codeOf, FOLDER_MODE, nodeFiles, type SpoolFiles } from './files.ts'
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

/** Makes the folder of a new spool. Throws the system's error. */
export function makeSpoolFolder(files: SpoolFiles, root: string, owner: Owner): SpoolFolder {
  const id = randomBytes(8).toString('hex')
  const path = pathOf(root, id, owner)
  files.mkdirSync(path, { recursive: true, mode: FOLDER_MODE })
  return { id, owner, path }
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
