import { randomBytes } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { localKeyProvider, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { type ContentsEncryption, defaultKeyFile, type KeyProvider } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { freshFile, openLog } from '../support.ts'

/** What people say in these logs. */
export const WORDS = 'quetzalcoatl asked'

/** A new log, and the keys of its contents in a file. */
export function fresh() {
  const file = freshFile()
  const path = `${dirname(file)}/contents.keys`
  writeFileSync(path, `${randomBytes(32).toString('hex')}\n`)
  return { file, contents: { keys: { file: path } } }
}

export async function talk(file: string, contents: ContentsEncryption, user = 'u-7', turns = 2) {
  const { log, problems } = await openLog({ file, encryption: { contents } })
  const messages: object[] = []
  for (let turn = 0; turn < turns; turn++) {
    messages.push({ role: 'user', content: `${WORDS} ${user} in turn ${turn}` })
    const input = { messages: [...messages] }
    await log.withContext({ user, session: `of ${user}` }, () =>
      log.record({ operation: 'chat', provider: 'test', model: 'm', input }, async () => 'aye')
    )
  }
  await log.close()
  expect(problems).toEqual([])
}

/** The files of a log, and those beside it, that hold a text, or bytes. */
export function filesWith(file: string, text: string | Buffer): string[] {
  return readdirSync(dirname(file), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text))
    .map((path) => basename(path))
}

/** A copy of a log at a place that this process has no keys of. */
export function copyOf(file: string): string {
  const copy = freshFile()
  copyFileSync(file, copy)
  return copy
}

/** A key management service that is not there yet, hangs, or answers; with the keys of a file. */
export function service(path = fresh().contents.keys.file) {
  const local = localKeyProvider({ file: path })
  const asked: string[] = []
  const state = { is: 'well' as 'well' | 'down' | 'hanging' }
  const answer = async <T>(what: string, make: () => T): Promise<T> => {
    asked.push(what)
    if (state.is === 'hanging') return await new Promise<T>(() => undefined)
    if (state.is === 'down') throw new Error('the vault is sealed')
    return make()
  }
  const keys: KeyProvider = {
    describe: () => answer('describe', () => local.describe()),
    wrap: (key, context) => answer('wrap', () => local.wrap(key, context)),
    unwrap: (key, context) => answer('unwrap', () => local.unwrap(key, context)),
    destroy: ({ key }) => answer(`destroy ${key}`, () => undefined)
  }
  return { keys, asked, state }
}

/** What signs what a test adds to a log, as its application would. */
export function signingOf(file: string) {
  const keyFile = defaultKeyFile(file)
  return { keyFile, signer: privateKeySigner(readKeyFile(keyFile)) }
}

/** Whether each data key of a log is there. */
export function keysOf(file: string): boolean[] {
  const database = new Database(file, { readonly: true })
  const sql = 'SELECT wrapped IS NOT NULL FROM content_keys ORDER BY id'
  const found = database.prepare(sql).pluck().all()
  database.close()
  return found.map(Boolean)
}
