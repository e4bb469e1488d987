// What the verifier takes of node:fs and node:path, over the files that somebody has dropped on the page.
import { Buffer } from 'buffer'

const files = new Map<string, Uint8Array>()

/** Makes these the only files there are. */
export function setFiles(given: ReadonlyMap<string, Uint8Array>): void {
  files.clear()
  for (const [path, bytes] of given) files.set(path, bytes)
}

/** The bytes of a file, or its text. */
export function readFileSync(path: string, encoding?: string): Buffer | string {
  const bytes = files.get(path)
  if (!bytes) throw Object.assign(new Error(`${path} is not there`), { code: 'ENOENT' })
  const buffer = Buffer.from(bytes)
  return encoding === undefined ? buffer : buffer.toString('utf8')
}

/** Whether there is a file, or one below a folder, of that path. */
export function existsSync(path: string): boolean {
  return files.has(path) || [...files.keys()].some((each) => each.startsWith(`${path}/`))
}

/** What is in a folder. */
export function readdirSync(folder: string): { name: string; isDirectory(): boolean }[] {
  const names = new Map<string, boolean>()
  for (const path of files.keys()) {
    if (!path.startsWith(`${folder}/`)) continue
    const [name = '', ...rest] = path.slice(folder.length + 1).split('/')
    names.set(name, rest.length > 0)
  }
  return [...names].map(([name, isFolder]) => ({ name, isDirectory: () => isFolder }))
}

/** Joins parts of a path. */
export function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/')
}
