import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileJournal } from '@slm-audit/file'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli, cliOf } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const file = join(folder, 'audit.db')
const directory = join(folder, 'log')

beforeAll(async () => {
  for (const where of [{ file }, { journal: await fileJournal({ directory }) }]) {
    const log = await createAuditLog(where)
    for (const [user, tier] of [
      ['ann', 'gold'],
      ['ben carter', 'free']
    ] as const) {
      const request = { operation: 'chat', provider: 'test', model: 'qwen3:4b', input: 'Hi' }
      await log.withContext({ user, session: 'S-1', tags: { tier } }, () =>
        log.record(request, async () => 'Hello.')
      )
    }
    await log.close()
  }
})

describe.each([
  ['a database', () => file],
  ['a directory of files', () => directory]
])('in %s', (_, log) => {
  test.each([
    ['model:qwne3:4b', 'model:qwen3:4b'],
    ['model:qwen3', 'model:qwen3:4b'],
    ['user:amn', 'user:ann'],
    ['user:ben', 'user:"ben carter"'],
    ['tag.tier:glod', 'tag.tier:gold'],
    ['tag.teir:gold', 'tag.tier:gold'],
    ['provider:tset stage:complete', 'provider:test']
  ])('%s is not looked for in silence', async (filter, nearest) => {
    const [asked] = filter.split(' ')
    const says = `No call has ${asked}; did you mean ${nearest}?`
    for (const command of ['list', 'sessions', 'stats']) {
      const { code, out } = await cli(command, filter, '--file', log())
      expect(code).toBe(0)
      expect(out.split('\n').slice(1)).toEqual([says])
    }
  })
})

test.each([
  ['user:ann stage:error', 'of values that calls have, each by itself'],
  ['user:zygmunt', 'of a value that is near to none'],
  ['model:gpt*', 'of a pattern'],
  ['-user:amn user:zygmunt', 'of what is negated'],
  ['session:S-2', 'of a field whose values are not listed']
])('nothing is offered for %s: %s', async (filter) => {
  expect((await cli('list', filter, '--file', file)).out).toBe('No call matches.')
})

test('what a program reads stays as it is', async () => {
  const piped = cliOf(Number.POSITIVE_INFINITY)
  const { out, error } = await piped('list', 'user:amn', '--file', file)
  expect(out).toBe('')
  expect(error).toBe('No call matches.\nNo call has user:amn; did you mean user:ann?')
  expect(await piped('list', 'user:amn', '--json', '--file', file)).toMatchObject({
    out: '[]',
    error: ''
  })
})
