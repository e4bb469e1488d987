import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, expect, test } from 'vitest'
import { cli, cliOf } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')
const inPipe = cliOf(Number.POSITIVE_INFINITY)

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  const answer = { toolCalls: [{ name: 'lookupOrder' }] }
  const request = { operation: 'chat', provider: 'test', model: 'm-1' }
  for (const input of ['Hello?', 'Where is my refund?']) {
    await log.record(
      { ...request, input },
      async () => '',
      () => answer
    )
  }
})

test.each([
  ['list', 'No call matches.'],
  ['search', 'No call holds unicorn.'],
  ['sessions', 'No session matches.']
])(
  '%s without a match is a sentence to people, and no output for programs',
  async (command, sentence) => {
    const args = [command, 'unicorn', '--file', file]
    expect(await cli(...args)).toEqual({ code: 0, out: sentence, error: '' })
    expect(await inPipe(...args)).toEqual({ code: 0, out: '', error: sentence })
  }
)

test('a log without calls is told as one', async () => {
  const empty = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')
  await (await createAuditLog({ file: empty })).close()
  expect((await cli('list', '--file', empty)).out).toBe('The log has no calls yet.')
  expect((await cli('sessions', '--file', empty)).out).toBe('The log has no sessions yet.')
})

test('the next page of a filter behind -- is asked for before it', async () => {
  const { out } = await cli('list', '--limit', '1', '--file', file, '--', '-tool:search')
  expect(out).toMatch(/\nmore: slm-audit list .* --cursor \S+ -- '!tool:search'$/)
})

test('what a model asked for is told where its answer is not stored', async () => {
  expect((await cli('show', 'last', '--file', file)).out).toMatch(/\n {2}⌂ asks +lookupOrder\n/)
  expect((await inPipe('list', '--file', file)).out).toMatch(
    /\tWhere is my refund\?\tasks lookupOrder\n/
  )
})
