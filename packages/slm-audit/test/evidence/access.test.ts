import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, expect, test } from 'vitest'
import { cli as run } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-access-'))
const file = join(folder, 'audit.db')
const cli = (...args: string[]) => run(...args, '--file', file)
const MAIL = 'bob@example.com'

beforeAll(async () => {
  await using log = await createAuditLog({ file, readAudit: true })
  const messages = [{ role: 'user', content: `refund for ${MAIL}` }]
  await log.withContext({ session: 'S-1' }, () =>
    log.record({ operation: 'chat', provider: 'p', input: messages }, async () => `to ${MAIL}`)
  )
})

test.each([
  [['list']],
  [['show', 'last']],
  [['search', 'refund']],
  [['session', 'S-1']],
  [['export', '--format', 'csv']],
  [['export', '--format', 'openai-chat']],
  [['list', '--jsonl']]
])('%j masks what detectors find, where it is asked to', async (args) => {
  const whole = await cli(...args)
  expect([whole.code, whole.out]).toEqual([0, expect.stringContaining(MAIL)])
  const masked = await cli(...args, '--view', 'masked')
  expect([masked.code, masked.out]).toEqual([0, expect.stringContaining('***')])
  expect(masked.out).not.toContain(MAIL)
})

test('what holds sealed contents is not written for a masked reader', async () => {
  const sealed = await cli('export', '--format', 'jsonl', '--view', 'masked')
  expect([sealed.code, sealed.out]).toEqual([2, ''])
  const tiles = await cli('export', '--tiles', join(folder, 't'), '--view', 'masked')
  expect([tiles.code, tiles.error]).toEqual([2, expect.stringContaining('sealed records')])
  expect((await cli('prove', 'last', '--out', folder, '--view', 'masked')).code).toBe(0)
})

/** What the newest accesses say, of people who may see it. */
async function newestAccesses(...args: string[]): Promise<{ [name: string]: object }[]> {
  const { out } = await cli('list', 'kind:access', '--limit', '2', '--jsonl', ...args)
  const found = out.split('\n').map((line) => JSON.parse(line) as { index: number })
  const shown = found.map(({ index }) => cli('show', String(index), '--json', ...args))
  return (await Promise.all(shown)).map(({ out: text }) => {
    const { record, contents } = JSON.parse(text)
    return { ...record.event, ...contents }
  })
}

test('who, why and what are in the log, which lists and shows them', async () => {
  await cli('show', 'last', '--as', 'ann', '--reason', 'ticket 7')
  const who = { by: 'ann', reason: 'ticket 7', user: expect.any(String), view: 'whole' }
  expect(await newestAccesses()).toMatchObject([
    { ...who, action: 'prove' },
    { ...who, action: 'show', calls: 1 }
  ])
  expect((await cli('verify')).code).toBe(0)
})

test('roles beside the log decide, and a broken glass is marked', async () => {
  const roles = {
    roles: { support: { contents: 'masked', needsReason: true } },
    people: {},
    others: 'support'
  }
  writeFileSync(`${file}.roles.json`, JSON.stringify(roles))
  expect((await cli('show', 'last')).error).toContain('needs a reason')
  const read = await cli('show', 'last', '--reason', 'T-1')
  expect(read.out).not.toContain(MAIL)
  const broken = await cli('show', 'last', '--reason', 'outage', '--break-glass', '10')
  expect(broken.out).toContain(MAIL)
  expect(await newestAccesses('--reason', 'look')).toMatchObject([
    { breakGlass: true },
    { breakGlass: true, view: 'whole' }
  ])
})

test('Cedar beside the log decides, wherever the command is run', async () => {
  const module = new URL('../../../policy-cedar/src/index.ts', import.meta.url).href
  const ask = { module, options: { file: 'readers.cedar', groups: { support: ['ann'] } } }
  writeFileSync(`${file}.roles.json`, JSON.stringify({ ask }))
  writeFileSync(
    join(folder, 'readers.cedar'),
    `permit(principal in Group::"support", action == Action::"read", resource == Contents::"masked")
       when { context has reason };
     permit(principal == User::"max", action == Action::"read", resource);`
  )
  const read = async (...args: string[]) => await cli('show', '2', '--as', ...args)
  expect((await read('ann', '--reason', 'T-1')).out).toContain('***')
  expect((await read('ann')).error).toContain('needs a reason')
  expect((await read('max')).out).toContain(MAIL)
  expect((await read('eve', '--reason', 'T-1')).error).toContain('eve has no role')
  writeFileSync(join(folder, 'readers.cedar'), 'permit(everybody);')
  expect((await read('max')).error).toMatch(
    /readers\.cedar|roles\.json: ask is not in Cedar on line 1/
  )
})
