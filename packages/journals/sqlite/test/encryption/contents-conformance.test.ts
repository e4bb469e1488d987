import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { openAdmin, openReader, sqliteJournal } from '@slm-audit/sqlite'
import {
  type ContentsStore,
  testContentKeys,
  testContentNames,
  testContents
} from '@slm-audit/testing/conformance'
import Database from 'better-sqlite3'
import { freshFile } from '../support.ts'
import { keysOf, signingOf } from './contents-support.ts'

/** The same log elsewhere, as it is now, where this process knows no keys of it. */
async function copyOf(file: string): Promise<string> {
  const copy = freshFile()
  const database = new Database(file, { readonly: true })
  await database.backup(copy)
  database.close()
  for (const more of ['.key', '.key.head', '-spool.secret']) {
    if (existsSync(`${file}${more}`)) copyFileSync(`${file}${more}`, `${copy}${more}`)
  }
  return copy
}

function storeAt(file: string): ContentsStore {
  return {
    open: (contents, retention) =>
      sqliteJournal({
        file,
        ...(contents && { encryption: { contents } }),
        ...(retention && { retention })
      }),
    read: async (keys) =>
      openReader(await copyOf(file), { ...(keys && { encryption: { contents: { keys } } }) }),
    admin: () => openAdmin(file, signingOf(file)),
    async everything() {
      const entries = readdirSync(dirname(file), { recursive: true, withFileTypes: true })
      const paths = entries
        .filter((each) => each.isFile() && each.name.startsWith(basename(file)))
        .map((each) => join(each.parentPath, each.name))
      return paths.map((path) => readFileSync(path, 'latin1')).join('\n')
    },
    keys: async () => keysOf(file),
    [Symbol.asyncDispose]: async () => undefined
  }
}

const subject = { name: 'SQLite', make: () => storeAt(freshFile()) }
testContents(subject)
testContentKeys(subject)
testContentNames(subject)
