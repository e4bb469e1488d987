import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { AuditContext } from '@slm-audit/core'
import type { SealedRecord } from '@slm-audit/core/journal'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  eraseContents,
  type FileEraseOptions,
  type FileJournalOptions,
  openLogSource
} from '@slm-audit/file'
import { chat, collect, freshPath, openLog } from '../support.ts'

const ALICE: AuditContext = { user: 'alice', session: 'a-1' }
const BOB: AuditContext = { user: 'bob', session: 'b-1' }

type Log = Awaited<ReturnType<typeof openLog>>['log']

/** Records two turns of a conversation each for Alice and Bob, each turn in a file of its own. */
export async function written(options: Partial<FileJournalOptions> = {}): Promise<string> {
  const directory = freshPath()
  const { log } = await openLog({ directory, rotate: { bytes: 500 }, ...options })
  for (const [context, word] of [
    [ALICE, 'alicewords'],
    [BOB, 'bobwords']
  ] as const) {
    await log.withContext(context, async () => {
      const history = [{ role: 'user', content: `first ${word}` }]
      await turn(log, history, `${word} answered`)
      history.push({ role: 'assistant', content: `${word} answered` })
      history.push({ role: 'user', content: `second ${word}` })
      await turn(log, history, `${word} again`)
    })
  }
  await log.close()
  return directory
}

/** One call, stored before it resolves. */
export async function turn(log: Log, input: unknown, answer: string): Promise<void> {
  const request = { ...chat, model: 'm', input: structuredClone(input) }
  await log.record(request, async () => ({ role: 'assistant', content: answer }))
  await log.flush()
}

/** Erases, and signs with the log's own key. */
export function erase(
  directory: string,
  scope: FileEraseOptions['scope'],
  more: Partial<FileEraseOptions> = {}
) {
  const keyFile = `${directory}.key`
  const signer = privateKeySigner(readKeyFile(keyFile))
  return eraseContents(directory, {
    ...{ scope, reason: 'asked for', by: 'officer', signer, keyFile, stateFolder: false },
    ...more
  })
}

/** The files of a directory that hold a text, unpacked where they are compressed. */
export function filesWith(directory: string, text: string | Uint8Array): string[] {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return paths
    .filter((path) => readFileSync(path).includes(Buffer.from(text)))
    .map((path) => basename(path))
}

/** All records of a log, and what its verification says. */
export async function read(directory: string, identities: readonly string[] = []) {
  const source = await openLogSource(directory, { identities })
  const records: SealedRecord[] = await collect(source.records())
  return { records, report: await source.verify(), keys: source }
}
