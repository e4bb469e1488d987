import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KeyProvider, localKeyProvider, newWrappingKey } from '@slm-audit/core/node'
import type { ContentsEncryption } from '@slm-audit/core/subjects'
import { expect } from 'vitest'
import { collectingLog } from '../fakes/collecting-log.ts'
import type { ContentsStore } from './contents-subject.ts'

/** What people say in these logs. */
export const WORDS = 'quetzalcoatl asked'

/** A file of wrapping keys. */
export function newKeyFile(): { readonly file: string } {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-keys-')), 'contents.keys')
  writeFileSync(file, `${newWrappingKey()}\n`)
  return { file }
}

/** A key service that is away, hangs, or answers. */
export function newService() {
  const local = localKeyProvider(newKeyFile())
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

/** Records a conversation of a user, in turns whose parts are shared. */
export async function talk(
  store: ContentsStore,
  contents: ContentsEncryption,
  user: string,
  turns = 2
): Promise<void> {
  const { log, journal, problems } = collectingLog(await store.open(contents))
  const messages: object[] = []
  const session = `S-${randomBytes(4).toString('hex')}`
  for (let turn = 0; turn < turns; turn++) {
    messages.push({ role: 'user', content: `${WORDS} ${user} in turn ${turn}` })
    const input = { messages: [...messages] }
    await log.withContext({ user, session }, () =>
      log.record({ operation: 'chat', provider: 'test', model: 'm', input }, async () => 'aye')
    )
  }
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
}
