import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuditLog } from '@slm-audit/core'
import type { EraseOptions, Journal, RetentionOptions } from '@slm-audit/core/journal'
import {
  nodePlatform,
  privateKeySigner,
  readKeyFile,
  type TakingJournal,
  writeTileTree
} from '@slm-audit/core/node'
import type { Reader } from '@slm-audit/core/reader'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import * as files from '@slm-audit/file'
import * as sqlite from '@slm-audit/sqlite'

const ORIGIN = 'example.com/log'

/** How a log is kept, read, exported and made to forget. */
interface RetainedStore {
  open(path: string): Promise<Journal & TakingJournal>
  reader(path: string): Promise<Reader>
  export(path: string, directory: string): Promise<number> | number
  erase(path: string, options: EraseOptions): Promise<unknown>
  retain(path: string, options: RetentionOptions): Promise<unknown>
}

/** The stores whose logs forget. */
export const RETAINED_STORES = {
  'a database': {
    open: (file) => sqlite.sqliteJournal({ file, origin: ORIGIN }),
    reader: (file) => sqlite.openReader(file),
    export: (file, directory) => sqlite.exportTiles(file, directory),
    erase: sqlite.eraseContents,
    retain: sqlite.applyRetention
  },
  files: {
    open: (directory) =>
      files.fileJournal({ directory, origin: ORIGIN, rotate: { bytes: 50_000 } }),
    reader: (directory) => files.openFileReader(directory),
    export: async (log, directory) =>
      await writeTileTree(await files.openSealedFiles(log), directory),
    erase: files.eraseContents,
    retain: files.applyRetention
  }
} satisfies Readonly<Record<string, RetainedStore>>

/**
 * Writes a log of 300 calls, from which what one user said is erased, and of which retention takes two tiles; and its
 * exports: `whole`, `erased`, and at the end `tiles`. Beside them `policy`, and the proofs of a call that
 * goes and of one that is erased, as given before; `after` is that of the second one, given at the end.
 * Resolves to the verifier key of the log.
 */
export async function writeRetainedLog(
  folder: string,
  store: RetainedStore = RETAINED_STORES['a database']
): Promise<string> {
  const path = (name: string) => join(folder, name)
  const file = path('audit.db')
  const journal = await store.open(file)
  const log = createAuditLog({ platform: nodePlatform(), journal })
  for (let each = 0; each < 300; each++) {
    const request = { operation: 'chat', provider: 'test', input: `question ${each}` }
    await log.withContext({ user: `u-${each}` }, () => log.record(request, async () => 'answer'))
  }
  await log.close()
  const prove = async (user: string, name = user) => {
    await using reader = await store.reader(file)
    const [call] = (await reader.query({ user })).items
    const [proved] = await reader.prove(call?.auditId ?? '')
    writeFileSync(path(`${name}.tlog-proof`), proved?.proof ?? '')
    writeFileSync(path(`${name}.json`), proved?.record.header ?? '')
  }
  for (const user of ['u-1', 'u-290']) await prove(user)
  const keyFile = `${file}.key`
  const signer = privateKeySigner(readKeyFile(keyFile))
  const vkey = formatVerifierKey(signer.key)
  writeFileSync(path('policy'), `log ${vkey}\nquorum none\n`)
  const signing = { signer, keyFile }
  await store.export(file, path('whole'))
  await store.erase(file, { scope: { user: 'u-290' }, reason: 'asked for', ...signing })
  await store.export(file, path('erased'))
  const retention = { default: 'none', classes: { none: { contents: 'P0D', headers: 'P0D' } } }
  await store.retain(file, {
    policy: { retention, rules: [{ level: 'RequestResponse' }] },
    now: new Date(Date.now() + 1_000),
    ...signing
  })
  await store.export(file, path('tiles'))
  await prove('u-290', 'after')
  return vkey
}
