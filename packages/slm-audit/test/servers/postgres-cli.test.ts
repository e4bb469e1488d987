import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { openPostgresReader, postgresJournal } from '@slm-audit/postgres'
import { afterAll, expect, test } from 'vitest'
import { TestServer } from '../../../journals/postgres/test/server.ts'
import { run } from '../../../verify/src/run.ts'
import { cli } from '../run.ts'
import { ViewerProcess } from './viewer-process.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const file = `${server.url}?schema=shop`

const journal = await postgresJournal({ url: file, origin: 'example.com/shop', folder })
const log = createAuditLog({ journal, platform: nodePlatform() })
await log.withContext({ user: 'u-1', session: 'S-1' }, async () => {
  for (const input of ['Where is my refund?', 'And my parcel?']) {
    const request = { operation: 'chat', provider: 'test', model: 'm-1', input }
    await log.record(request, async () => 'on its way')
  }
})
await log.close()
await journal[Symbol.asyncDispose]()

test('lists, finds, counts and shows a log on a server', async () => {
  expect((await cli('list', '-f', file)).out).toMatch(/m-1/)
  expect((await cli('search', 'refund', '-f', file)).out).toMatch(/\[refund\]/)
  expect((await cli('stats', '-f', file, '--jsonl')).out).toMatch(/"calls":2/)
  expect((await cli('session', 'S-1', '-f', file)).out).toMatch(/refund/)
  const newest = JSON.parse((await cli('list', '-f', file, '--jsonl')).out.split('\n')[0] ?? '')
  expect((await cli('show', newest.auditId, '-f', file)).out).toMatch(/And my parcel\?/)
  expect((await cli('exporters', '-f', file)).code).toBe(0)
  expect((await cli('tail', '--once', '-f', file)).out).toMatch(/m-1/)
  expect((await cli('sessions', '-f', file)).out).toMatch(/S-1/)
  expect((await cli('compare', '--by', 'user', 'u-1', 'u-2', '-f', file)).code).toBe(0)
  expect((await cli('anomalies', '-f', file)).code).toBe(0)
  const findings = JSON.parse((await cli('doctor', '--json', '-f', file)).out)
  const says = expect.stringMatching(/^5 records/)
  expect(findings).toContainEqual({ check: 'log', state: 'ok', says })
  expect(findings).toContainEqual(expect.objectContaining({ check: 'index' }))
})

test('is shown in the viewer, whose page has no password of the address', async () => {
  const url = new URL(file)
  url.password = 'opensesame'
  await using viewer = await ViewerProcess.open('-f', url.href)
  const log = await viewer.ask('/api/log')
  expect(log).toMatchObject({ origin: 'example.com/shop', size: 5, isCopy: false })
  expect(log).toMatchObject({ canAnnotate: true })
  expect(JSON.stringify(log)).not.toContain('opensesame')
  const { items } = await viewer.ask('/api/calls?q=refund')
  expect(items).toMatchObject([{ session: 'S-1' }])
  expect((await viewer.ask(`/api/proof?id=${items[0].index}`)).records).toHaveLength(2)
})

test('verifies it, proves a call, and writes it as tiles that the standalone verifier accepts', async () => {
  const verified = await cli('verify', '-f', file)
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/5 records/) })
  const out = mkdtempSync(join(tmpdir(), 'slm-audit-'))
  const proved = await cli('prove', '1', '-f', file, '-o', out)
  expect(proved).toMatchObject({ code: 0, out: expect.stringMatching(/tlog-proof/) })
  await using reader = await openPostgresReader({ url: file })
  const [key = ''] = await reader.keys()
  writeFileSync(join(out, 'policy'), `log ${key}\nquorum none\n`)
  expect((await cli('export', '--tiles', join(out, 'tiles'), '-f', file)).code).toBe(0)
  const checked = run(['tiles', join(out, 'tiles'), '--policy', join(out, 'policy')])
  expect(checked).toMatchObject({ exitCode: 0, text: expect.stringMatching(/VERIFIED: 5 /) })
})

test('exports it, whole and by call', async () => {
  const whole = await cli('export', '--format', 'jsonl', '-f', file)
  expect(whole.out.split('\n').filter((line) => line.includes('"header":'))).toHaveLength(5)
  const some = await cli('export', '--format', 'csv', '--query', 'parcel', '-f', file)
  expect(some.out.split('\n')).toHaveLength(2)
})

test('makes its index anew, and prints the roles of its schema', async () => {
  expect((await cli('reindex', '-f', file)).out).toMatch(/indexed 5 records/)
  expect((await cli('search', 'refund', '-f', file)).out).toMatch(/\[refund\]/)
  const cwd = process.cwd()
  process.chdir(folder)
  try {
    writeFileSync('slm-audit.config.json', JSON.stringify({ file }))
    expect((await cli('reindex')).out).toMatch(/indexed 5 records/)
  } finally {
    process.chdir(cwd)
  }
  expect((await cli('roles', '-f', file)).out).toMatch(/CREATE ROLE shop_writer NOLOGIN/)
  expect((await cli('roles', '-f', 'audit.db')).code).toBe(2)
})

test('holds and erases a log on a server, says what is left to do, and takes no key that is not there', async () => {
  const said = ['--reason', 'claim 12', '--as', 'ann', '-f', file]
  const added = await cli('hold', 'add', '--incident', 'INC-7', '--session', 'S-1', ...said)
  expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/INC-7 holds its session/) })
  expect((await cli('hold', 'list', '-f', file)).out).toMatch(/INC-7.*claim 12/s)
  const kept = await cli('erase', '--user', 'u-1', ...said)
  expect(kept.out).toMatch(/Nothing is erased.*4 records held for INC-7/s)
  expect((await cli('hold', 'release', 'INC-7', ...said)).code).toBe(0)
  const dry = await cli('erase', '--query', 'parcel', '--dry-run', ...said)
  expect(dry.out).toMatch(/of 1 call would be erased/)
  const erased = await cli('erase', '--query', 'parcel', ...said)
  expect(erased).toMatchObject({
    code: 0,
    out: expect.stringMatching(/VACUUM FULL shop\.contents/)
  })
  expect((await cli('search', 'parcel', '-f', file)).out).not.toMatch(/\[parcel\]/)
  expect((await cli('search', 'refund', '-f', file)).out).toMatch(/\[refund\]/)
  const verified = await cli('verify', '-f', file)
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/erased/) })
  const keyed = await cli('erase', '--user', 'u-1', '--key-file', 'nothing.key', ...said)
  expect(keyed).toMatchObject({ code: 2, error: expect.stringMatching(/no key file/) })
})

test('says something of a call on a server, and signs it', async () => {
  const said = await cli('annotate', 'last', '--feedback', 'up', '-f', file)
  expect(said).toMatchObject({ code: 0, out: expect.stringMatching(/feedback up/) })
  const listed = await cli('list', 'annotation.feedback:up', '-f', file)
  expect(listed.out).toMatch(/m-1/)
})

test('collects an incident, and writes the evidence of a log on a server', async () => {
  const out = mkdtempSync(join(tmpdir(), 'slm-audit-'))
  const keyFile = join(folder, 'log.key')
  const incident = ['INC-9', '--session', 'S-1', '-o', join(out, 'incident')]
  const linked = await cli('incident', ...incident, '--signing-key', keyFile, '-f', file)
  expect(linked).toMatchObject({ code: 0, out: expect.stringMatching(/INC-9: 2 calls, held/) })
  const pack = join(out, 'evidence')
  const written = await cli('evidence', '-o', pack, '-f', file)
  expect(written).toMatchObject({ code: 0, out: expect.stringMatching(/2 calls, 4 proofs/) })
  const facts = JSON.parse(readFileSync(join(pack, 'evidence.json'), 'utf8'))
  expect(facts.holds.map(({ says }: { says: string }) => says).join()).toMatch(/INC-9/)
  expect(readFileSync(join(pack, 'evidence.html'), 'utf8')).not.toMatch(/refund/)
  expect((await cli('hold', 'release', 'INC-9', '--reason', 'over', '-f', file)).code).toBe(0)
})

test('plans and applies retention by a policy that is given', async () => {
  const policy = join(folder, 'policy.yaml')
  const classes = 'default: day\n  classes:\n    day: { contents: P1D }'
  writeFileSync(policy, `retention:\n  ${classes}\nrules:\n  - level: RequestResponse\n`)
  const asked = ['--policy', policy, '-f', file]
  expect((await cli('retention', 'plan', '-f', file)).error).toMatch(/no policy of the schema shop/)
  const plan = await cli('retention', 'plan', '--at', '2099-01-01', '--json', ...asked)
  expect(JSON.parse(plan.out)).toMatchObject({ expired: { records: 7 }, held: 0 })
  const applied = await cli('retention', 'apply', '--json', ...asked)
  expect(JSON.parse(applied.out)).toMatchObject({ expired: { records: 0 } })
  expect((await cli('verify', '-f', file)).code).toBe(0)
})

test('redacts what is stored on a server, and says what is left to do', async () => {
  const asked = ['redact', '--rule', 'phone', '--reason', 'late', '-f', file]
  expect((await cli('redact', '--rule', 'email', '-f', file)).out).toBe(
    'Nothing is found; nothing is changed.'
  )
  const keyed = await cli(...asked, '--key-file', 'nothing.key')
  expect(keyed).toMatchObject({ code: 2, error: expect.stringMatching(/no key file/) })
  const said = 'call me at +49 170 1234567 about it'
  await cli('annotate', 'last', '--note', said, '-f', file)
  const rehearsed = await cli(...asked, '--dry-run')
  expect(rehearsed.out).toMatch(/^1 content of 1 call would be redacted/)
  const done = await cli(...asked, '--json')
  expect(JSON.parse(done.out)).toMatchObject({ calls: 1, contents: 1, isDone: true })
  expect(JSON.parse(done.out).leftToDo.join()).toMatch(/VACUUM FULL shop\.contents/)
  const shown = await cli('show', 'last', '-f', file)
  expect(shown.out).toMatch(/call me at ⟨phone⟩ about it/)
  expect((await cli('verify', '-f', file)).code).toBe(0)
})

test('changes the key that signs a log on a server, and the old one signs for it', async () => {
  const rotated = await cli('key', 'rotate', '--key-file', join(folder, 'log.key'), '-f', file)
  expect(rotated).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^log example\.com\/shop\+/)
  })
  const keys = (await cli('key', '-f', file)).out.match(/(?<=^log )\S+/gm) ?? []
  expect(keys).toHaveLength(2)
  expect(rotated.out).toContain(keys[1])
  expect((await cli('verify', '-f', file)).code).toBe(0)
})

test('says what takes a database alone, and what is not there', async () => {
  const compacted = await cli('compact', '-f', file)
  expect(compacted).toMatchObject({
    code: 2,
    error: expect.stringMatching(/names a PostgreSQL server/)
  })
  const none = await cli('list', '-f', `${server.url}?schema=nothing`)
  expect(none).toMatchObject({ code: 2, error: expect.stringMatching(/holds no audit log yet/) })
})
