import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type { Reader } from '@slm-audit/core/reader'
import { defaultKeyFile } from '@slm-audit/sqlite'
import { attention, type Finding, ok } from '../base/finding.ts'
import { quoted } from '../base/next-command.ts'
import { counted } from '../render/figures.ts'
import type { Asked } from './asked.ts'
import { checkDisk } from './check-disk.ts'

const OTHERS = 0o077
/** Files that are named in a row. */
const MOST_NAMED = 10
/** What the name of a database goes on with where there is something of it to read. */
const FILES = ['', '-index', '-spool.secret']

/** What the files of a log in files say. `keys` are the files of its keys that the command was given. */
export function checkDirectory(
  directory: string,
  keys: readonly (string | undefined)[] = []
): Finding[] {
  const given = keys.filter((path) => path !== undefined)
  return [
    ok('index', 'a log in files has none: each command reads all of it'),
    checkDisk(directory),
    checkPermissions([keyOf(directory), `${resolve(directory)}.secret`, ...given], [directory]),
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

/** Whether others might read a file in a directory: nobody gets into one that is its owner's alone. */
function isReadable(directory: string): boolean {
  if (!isOthers(directory)) return false
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => isOthers(join(entry.parentPath, entry.name)))
}

/** A database, and what is not in it yet where only that is open: SQLite makes and removes it as open as the database is. */
function withWal(database: string): string[] {
  return isOthers(database) ? [database] : [database, `${database}-wal`]
}

function isOthers(path: string): boolean {
  return existsSync(path) && (statSync(path).mode & OTHERS) !== 0
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
  asked: Asked,
  keys: readonly (string | undefined)[] = []
): Promise<Finding[]> {
  const given = keys.filter((path) => path !== undefined)
  return [
    await checkIndex(reader, asked, existsSync(`${file}-index`)),
    // SQLite keeps its files beside the one that links lead to.
    checkDisk(dirname(realpathSync(file))),
    checkPermissions(
      [...FILES.flatMap((suffix) => withWal(`${file}${suffix}`)), defaultKeyFile(file), ...given],
      [`${file}-spool`]
    ),
    checkKey(defaultKeyFile(file), 'database')
  ]
}

/** How far the index of a log is; `isThere` says whether it has one. */
export async function checkIndex(reader: Reader, { of }: Asked, isThere = true): Promise<Finding> {
  const { behind } = await reader.query('', { limit: 1 })
  const next = 'make it anew, beside an application that runs:'
  const command = of('reindex')
  if (!isThere) return attention('index', 'there is none: searches take longer', next, command)
  if (behind === undefined) return ok('index', 'lists and searches are answered from it')
  return attention('index', `it is ${counted(behind, 'record')} behind`, next, command)
}

/** Whether others can read files, or what is in directories, which are looked at where they are there. */
function checkPermissions(own: readonly string[], directories: readonly string[]): Finding {
  if (process.platform === 'win32') return ok('permissions', 'they are not looked at on Windows')
  const files = own.filter(isOthers)
  const inside = directories.filter((path) => existsSync(path) && isReadable(path))
  const open = [...inside, ...files]
  if (open.length === 0) return ok('permissions', 'only the owner can read the files')
  const more = open.length > MOST_NAMED ? `, and ${open.length - MOST_NAMED} more` : ''
  const says = `others of this machine can read ${open.slice(0, MOST_NAMED).join(', ')}${more}`
  const commands = [modeOf(700, inside), modeOf(600, files)].filter((each) => each !== undefined)
  return attention('permissions', says, 'let their owner alone read them:', commands.join(' && '))
}

function modeOf(mode: number, paths: readonly string[]): string | undefined {
  return paths.length === 0 ? undefined : `chmod ${mode} ${paths.map(quoted).join(' ')}`
}

function checkKey(keyFile: string, log: string): Finding {
  if (!existsSync(keyFile)) return ok('key', `the key that signs is not beside the ${log}`)
  const says = `the key that signs lies beside the ${log} (${keyFile})`
  const next =
    'move it to where nobody takes it along with the log, and give createAuditLog that place: key: { file } (docs/guide/verify.md)'
  return attention('key', says, next)
}
