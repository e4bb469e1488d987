import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileJournal } from '@slm-audit/file'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { run as verifier } from '../../../verify/src/run.ts'
import { cli } from '../run.ts'

/** A line of `doctor --json`. */
interface Finding {
  readonly check: string
  readonly state: string
}

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-in-files-'))
const path = (name: string) => join(folder, name)
const file = path('audit-log')
const on = (...args: string[]) => cli(...args, '--file', file)

beforeAll(async () => {
  const journal = await fileJournal({ directory: file, origin: 'example.com/files' })
  await using log = await createAuditLog({ journal, service: 'shop' })
  for (let each = 0; each < 12; each++) {
    const request = { operation: 'chat', provider: 'test', model: 'm', input: `refund ${each}` }
    await log.withContext({ session: `S-${each % 3}` }, () =>
      log.record(request, async () => `answer ${each}`)
    )
  }
})

describe('a log in files takes the commands of a database', () => {
  test('annotate says something of a call, which show and filters find', async () => {
    expect((await on('annotate', 'last', '--feedback', 'down', '--ticket', 'T-9')).code).toBe(0)
    expect((await on('show', 'last')).out).toMatch(/feedback down · ticket T-9/)
    expect(JSON.parse((await on('list', 'annotation.ticket:T-9', '--json')).out)).toHaveLength(1)
  })

  test('incident links, holds, and writes a bundle whose proofs hold', async () => {
    const bundle = path('INC-7')
    const done = await on('incident', 'INC-7', 'session:S-1', '--as', 'ann', '-o', bundle)
    expect(done.out).toMatch(/INC-7: 4 calls, held, 12 records with proofs/)
    expect((await on('hold', 'list')).out).toMatch(/INC-7 +4 calls/)
    expect(existsSync(join(bundle, 'timeline.html'))).toBe(true)
    const calls = readFileSync(join(bundle, 'calls.jsonl'), 'utf8').trim().split('\n')
    expect(calls).toHaveLength(4)
    // Once more it changes nothing, and holds nothing twice.
    expect((await on('incident', 'INC-7', '-o', path('again'))).out).toMatch(/INC-7: 4 calls/)
    expect(JSON.parse((await on('hold', 'list', '--json')).out)).toHaveLength(1)
  })

  test('evidence writes a pack, and doctor says what should be looked at', async () => {
    const pack = await on('evidence', '-o', path('evidence'), '--json')
    expect(JSON.parse(pack.out)).toMatchObject({ calls: 12, ended: 12, lost: 0 })
    const found: Finding[] = JSON.parse((await on('doctor', '--json')).out)
    const states = Object.fromEntries(found.map(({ check, state }) => [check, state]))
    expect(states).toMatchObject({ log: 'ok', signature: 'ok', index: 'ok', permissions: 'ok' })
    chmodSync(file, 0o755)
    chmodSync(join(file, 'manifest.jsonl'), 0o644)
    const again: Finding[] = JSON.parse((await on('doctor', '--json')).out)
    expect(again.find(({ check }) => check === 'permissions')).toMatchObject({
      state: 'attention',
      says: `others of this machine can read ${file}`
    })
    chmodSync(file, 0o700)
  })

  test('a set is frozen beside it, and an export has its calls', async () => {
    expect((await on('set', 'freeze', 'some', 'session:S-2')).out).toMatch(/4 calls are frozen/)
    expect((await on('set', 'list')).out).toMatch(/some +4/)
    const rows = (await on('export', '--format', 'csv', 'session:S-2')).out.trim().split('\n')
    expect(rows).toHaveLength(5)
  })

  test('tiles of it are verified by a program that shares no code', async () => {
    const tiles = path('tiles')
    expect((await on('export', '--tiles', tiles)).code).toBe(0)
    writeFileSync(path('policy'), (await on('key')).out)
    const { exitCode, text } = verifier(['tiles', tiles, '--policy', path('policy')])
    expect(text).toMatch(/VERIFIED: \d+ records of example\.com\/files/)
    expect(exitCode).toBe(0)
  })

  test('roles beside it hold for its readers', async () => {
    const roles = { roles: { watch: { contents: 'none' } }, others: 'watch' }
    writeFileSync(`${file}.roles.json`, JSON.stringify(roles))
    const { code, error } = await on('search', 'refund')
    expect(code).not.toBe(0)
    expect(error).toMatch(/reader is given none/)
    expect((await on('show', 'last')).out).not.toMatch(/refund 11/)
    expect((await on('export', '--tiles', path('bare'))).error).toMatch(/leave contents out/)
    expect((await on('export', '--tiles', path('bare'), '--no-contents')).code).toBe(0)
    expect((await on('evidence', '-o', path('bare-evidence'))).code).toBe(0)
  })
})
