import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
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
import { beforeAll, expect, test } from 'vitest'
import { run } from '../src/run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-retained-'))
const path = (name: string) => join(folder, name)
const verify = () => run(['tiles', path('tiles'), '--policy', path('policy')])

beforeAll(async () => {
  const file = path('audit.db')
  const journal = await sqliteJournal({ file, origin: 'example.com/log' })
  const log = createAuditLog({ platform: nodePlatform(), journal })
  for (let each = 0; each < 300; each++) {
    const request = { operation: 'chat', provider: 'test', input: `question ${each}` }
    await log.withContext({ user: `u-${each}` }, () => log.record(request, async () => 'answer'))
  }
  await log.close()
  await using reader = await openReader(file)
  for (const user of ['u-1', 'u-290']) {
    const [call] = (await reader.query({ user })).items
    const [proved] = await reader.prove(call?.auditId ?? '')
    writeFileSync(path(`${user}.tlog-proof`), proved?.proof ?? '')
    writeFileSync(path(`${user}.json`), proved?.record.header ?? '')
  }
  const keyFile = `${file}.key`
  const signer = privateKeySigner(readKeyFile(keyFile))
  writeFileSync(path('policy'), `log ${formatVerifierKey(signer.key)}\nquorum none\n`)
  const signing = { signer, keyFile }
  exportTiles(file, path('whole'))
  await eraseContents(file, { scope: { user: 'u-290' }, reason: 'asked for', ...signing })
  const retention = { default: 'none', classes: { none: { contents: 'P0D', headers: 'P0D' } } }
  await applyRetention(file, {
    policy: { retention, rules: [{ level: 'RequestResponse' }] },
    now: new Date(Date.now() + 1_000),
    ...signing
  })
  exportTiles(file, path('tiles'))
})

test('a log of which retention took whole tiles is verified by those that are left', () => {
  const { exitCode, text } = verify()
  expect(text).toMatch(/VERIFIED: 60\d records of example\.com\/log\n {2}512 records of retention/)
  expect(exitCode).toBe(0)
})

test.each(['u-1', 'u-290'])('a proof of %s that was given before is valid still', (user) => {
  const proof = path(`${user}.tlog-proof`)
  const { exitCode, text } = run([
    ...['proof', proof, '--record', path(`${user}.json`)],
    ...['--policy', path('policy')]
  ])
  expect(text).toMatch(/VERIFIED|valid/i)
  expect(exitCode).toBe(0)
})

test('entries that somebody took away are told from those of retention', () => {
  rmSync(join(path('whole'), 'tile/entries/001'))
  const { exitCode, text } = run(['tiles', path('whole'), '--policy', path('policy')])
  expect(exitCode).toBe(1)
  expect(text).toMatch(/256.*no record of retention says that they went/s)
})
