import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, expect, test } from 'vitest'
import { writeCorpus } from '../../../../bench/corpus/write-corpus.ts'
import { cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-incident-'))
const file = join(folder, 'audit.db')
const out = join(folder, 'INC-7')
const incident = (...args: string[]) => cli('incident', ...args, '--file', file, '--out', out)

beforeAll(async () => {
  await using log = await createAuditLog({ file, service: 'bot' })
  for (const user of ['ann', 'bob', 'cleo']) {
    const request = {
      operation: 'chat',
      provider: 'test',
      model: 'm',
      input: `<b>${user}</b> asks`
    }
    const run = () => (user === 'ann' ? Promise.resolve('Soon.') : Promise.reject(new RangeError()))
    await log.withContext({ user }, () => log.record(request, run)).catch(() => undefined)
  }
})

test('an incident is linked, held, and bundled with proofs that others can check', async () => {
  const done = await incident('INC-7', '--query', 'stage:error')
  expect(done.code).toBe(0)
  expect(done.out).toMatch(/✓ INC-7: 2 calls, held, \d+ records with proofs/)
  const linked = await cli('list', 'incident:INC-7', '--file', file, '--jsonl')
  expect(linked.out.split('\n')).toHaveLength(2)
  const proofs = readdirSync(join(out, 'records'))
    .filter((name) => name.endsWith('.tlog-proof'))
    .map((name) => join(out, 'records', name))
  // Of each call what is recorded of it, and that it is of the incident.
  expect(proofs.length).toBeGreaterThanOrEqual(4)
  const checked = await cli('verify-proof', ...proofs, '--policy', join(out, 'policy.txt'))
  expect(checked).toMatchObject({ code: 0, error: '' })
  const page = readFileSync(join(out, 'timeline.html'), 'utf8')
  expect(page).toMatch(/2 calls · 2 errors · 2 users/)
  expect(page).toMatch(/&lt;b&gt;bob&lt;\/b&gt; asks/)
  expect(page).not.toMatch(/<b>|<script/)
  const calls = readFileSync(join(out, 'calls.jsonl'), 'utf8').trim().split('\n')
  expect(calls.map((line) => JSON.parse(line).record.context.user)).toEqual(['bob', 'cleo'])
  const erased = await cli('erase', '--user', 'bob', '--reason', 'asked for', '--file', file)
  expect(`${erased.out}${erased.error}`).toMatch(/INC-7/)
})

test('an incident of a log that nobody has signed yet names no proofs to check', async () => {
  const unsigned = join(folder, 'unsigned.db')
  writeCorpus(unsigned, { calls: 20, until: Date.UTC(2026, 5, 30) })
  const words = ['INC-8', 'kind:call', '--file', unsigned, '--out', join(folder, 'INC-8')]
  const { code, out, error } = await cli('incident', ...words)
  expect([code, out]).toEqual([0, expect.stringMatching(/ 0 records with proofs/)])
  expect(error).toMatch(/no checkpoint covers \d+ records yet; run it again/)
  expect(error).not.toContain('verify-proof')
})

test('an incident grows, and what is linked is linked once', async () => {
  const more = await incident('INC-7', '--record', '-3')
  expect(more.out).toMatch(/INC-7: 3 calls, held/)
  const again = await incident('INC-7', '--json')
  expect(JSON.parse(again.out).calls).toHaveLength(3)
  const said = await cli('list', 'kind:annotation', '--file', file, '--jsonl')
  expect(said.out.split('\n')).toHaveLength(3)
  const holds = await cli('hold', 'list', '--file', file, '--jsonl')
  expect(holds.out.split('\n')).toHaveLength(2)
})

test.each([
  [['INC 8', 'stage:error'], /a short name without spaces/],
  [['INC-8'], /no call matches, and none is linked to INC-8/],
  [['INC-8', 'user:nobody'], /no call matches/]
])('%j is refused, and says what to give', async (args, message) => {
  const { code, error } = await incident(...args)
  expect([code, error]).toEqual([2, expect.stringMatching(message)])
})
