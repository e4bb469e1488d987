import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type { Reader } from '@slm-audit/core/reader'
import { defaultKeyFile } from '@slm-audit/sqlite'
import { checkDisk } from './check-disk.ts'
import { attention, type Finding, ok } from './finding.ts'

const OTHERS = 0o077
/** Files that are named in a row. */
const MOST_NAMED = 10

/** What the files of a log in files say. `keys` are the files of its keys that the command was given. */
export function checkDirectory(
  directory: string,
  keys: readonly (string | undefined)[] = []
): Finding[] {
  const given = keys.filter((path) => path !== undefined)
  return [
    ok('index', 'a log in files has none: each command reads all of it'),
    checkDisk(directory),
    checkPermissions([
      ...[...readableIn(directory), keyOf(directory), `${resolve(directory)}.secret`],
      ...given
    ]),
    checkKey(keyOf(directory), 'directory'),
    ...checkContentsKeys(directory, given)
  ]
}

/** Whether what the data keys of contents are wrapped with lies where whoever takes the log takes it along. */
function checkContentsKeys(directory: string, given: readonly string[]): Finding[] {
  const place = `${realpathSync(directory)}${sep}`
  const inside = given.filter((path) => existsSync(path) && realpathSync(path).startsWith(place))
  if (inside.length === 0) return []
  const says = `keys of the log lie in its directory (${inside.join(', ')})`
  return [attention('keys', says, 'move them elsewhere: whoever copies the directory can read it')]
}

/** The files that others might read: nobody gets into a directory that is its owner's alone. */
function readableIn(directory: string): string[] {
  if ((statSync(directory).mode & OTHERS) === 0) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Logs of before 0.3 have the key in their directory. */
function keyOf(directory: string): string {
  const inside = join(directory, 'key')
  return existsSync(inside) ? inside : defaultKeyFile(resolve(directory))
}

/** What the files of a database say. `keys` are the files of its keys that the command was given. */
export async function checkFiles(
  file: string,
  reader: Reader,
  keys: readonly (string | undefined)[] = []
): Promise<Finding[]> {
  const given = keys.filter((path) => path !== undefined)
  return [
    await checkIndex(reader, existsSync(`${file}-index`)),
    // SQLite keeps its files beside the one that links lead to.
    checkDisk(dirname(realpathSync(file))),
    checkPermissions([
      ...[file, `${file}-index`, `${file}-spool.secret`, defaultKeyFile(file)],
      ...given
    ]),
    checkKey(defaultKeyFile(file), 'database')
  ]
}

/** How far the index of a log is; `isThere` says whether it has one. */
export async function checkIndex(reader: Reader, isThere = true): Promise<Finding> {
  const { behind } = await reader.query('', { limit: 1 })
  const next = 'slm-audit reindex makes it anew, beside an application that runs'
  if (!isThere) return attention('index', 'there is none: searches take longer', next)
  if (behind === undefined) return ok('index', 'lists and searches are answered from it')
  return attention('index', `it is ${behind.toLocaleString('en')} records behind`, next)
}

function checkPermissions(own: readonly string[]): Finding {
  const files = own.filter((path) => existsSync(path))
  const open = files.filter((path) => (statSync(path).mode & OTHERS) !== 0)
  if (process.platform === 'win32' || open.length === 0) {
    return ok('permissions', 'only the owner can read the files')
  }
  const more = open.length > MOST_NAMED ? `, and ${open.length - MOST_NAMED} more` : ''
  const named = open.slice(0, MOST_NAMED)
  const says = `others of this machine can read ${named.join(', ')}${more}`
  return attention('permissions', says, `chmod 600 ${named.join(' ')}`)
}

function checkKey(keyFile: string, log: string): Finding {
  if (!existsSync(keyFile)) return ok('key', `the key that signs is not beside the ${log}`)
  const says = `the key that signs lies beside the ${log} (${keyFile})`
  const next = 'keep it elsewhere (the option key), or let somebody outside vouch for the log'
  return attention('key', says, next)
}
