import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuditLog } from '@slm-audit/core'
import { nodePlatform, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import {
  applyRetention,
  eraseContents,
  exportTiles,
  openReader,
  sqliteJournal
} from '@slm-audit/sqlite'

/**
 * Writes a log of 300 calls, from which what one user said is erased, and of which retention takes two tiles; and its
 * exports: `whole`, `erased`, and at the end `tiles`. Beside them `policy`, and the proofs of a call that
 * goes and of one that is erased, as given before; `after` is that of the second one, given at the end.
 * Resolves to the verifier key of the log.
 */
export async function writeRetainedLog(folder: string): Promise<string> {
  const path = (name: string) => join(folder, name)
  const file = path('audit.db')
  const journal = await sqliteJournal({ file, origin: 'example.com/log' })
  const log = createAuditLog({ platform: nodePlatform(), journal })
  for (let each = 0; each < 300; each++) {
    const request = { operation: 'chat', provider: 'test', input: `question ${each}` }
    await log.withContext({ user: `u-${each}` }, () => log.record(request, async () => 'answer'))
  }
  await log.close()
  await using reader = await openReader(file)
  const prove = async (user: string, name = user) => {
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
  exportTiles(file, path('whole'))
  await eraseContents(file, { scope: { user: 'u-290' }, reason: 'asked for', ...signing })
  exportTiles(file, path('erased'))
  const retention = { default: 'none', classes: { none: { contents: 'P0D', headers: 'P0D' } } }
  await applyRetention(file, {
    policy: { retention, rules: [{ level: 'RequestResponse' }] },
    now: new Date(Date.now() + 1_000),
    ...signing
  })
  exportTiles(file, path('tiles'))
  await prove('u-290', 'after')
  return vkey
}
