import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const file = join(folder, 'audit.db')
const request = { operation: 'chat', provider: 'test', model: 'm-1' }

beforeAll(async () => {
  await using log = await createAuditLog({ file, version: '2.4.0' })
  const answer = { output: 'On its way.', usage: { inputTokens: 5, outputTokens: 4 } }
  await log.withContext({ user: 'ann', tags: { tier: 'gold' } }, () =>
    log.record(
      { ...request, input: 'Where is my refund?' },
      async () => '',
      () => answer
    )
  )
  const failed = log.record({ ...request, input: 'Hello?' }, () =>
    Promise.reject(new TypeError('broken pipe'))
  )
  await failed.catch(() => undefined)
})

describe('filters on the command line', () => {
  test.each<[string[], string[]]>([
    [['user:ann'], ['complete']],
    [['-user:ann'], ['error']],
    [['NOT', 'user:ann'], ['error']],
    [
      ['user:ann', 'OR', 'error:TypeError'],
      ['error', 'complete']
    ],
    [['tokens:>8', 'refund', '-"broken pipe"'], ['complete']],
    [['-(user:ann OR user:bob)'], ['error']],
    [['user:a*,b*', '--user', 'ann', 'since:1h', 'version:2.*'], ['complete']],
    [['tag.tier:gold', 'stage:complete,error'], ['complete']],
    [['user:nobody'], []]
  ])('%j is what list, tail, search and export take', async (filter, stages) => {
    const of = async (...command: string[]) => {
      const { code, out, error } = await cli(...command, '--file', file)
      const lines = out.split('\n').filter((line) => line !== '')
      return [code, error, ...lines.map((line) => JSON.parse(line).stage)]
    }
    expect(await of('list', ...filter, '--jsonl')).toEqual([0, '', ...stages])
    expect(await of('search', ...filter, '--jsonl')).toEqual([0, '', ...stages])
    const oldestFirst = [...stages].reverse()
    expect(await of('tail', '--once', ...filter, '--json')).toEqual([0, '', ...oldestFirst])
    const out = join(folder, 'out.csv')
    expect((await cli('export', '--format', 'csv', '-o', out, ...filter, '-f', file)).code).toBe(0)
    expect(readFileSync(out, 'utf8').trim().split('\n')).toHaveLength(1 + stages.length)
  })

  test('the head of a list says the filter', async () => {
    const { out } = await cli('list', 'user:ann', '--since', '2h', '--file', file)
    expect(out.split('\n')[0]).toContain('· user:ann since:2h ·')
    expect((await cli('list', 'user:nobody', '--file', file)).out).toBe('No call matches.')
  })

  test.each([
    [
      ['list', 'user:ann', 'modle:x'],
      /^slm-audit: there is no field modle; did you mean model\?.*\n {2}user:ann modle:x\n {11}\^{5}$/
    ],
    [['list', 'stage:complet'], /there is no stage complet; did you mean complete\?\n/],
    [['tail', '--once', 'took:2s'], /say how took is compared: took:>2s or took:<2s\n/],
    [['export', '--format', 'csv', '(a'], /this \( is not closed\n {2}\(a\n {2}\^$/],
    [['search'], /search needs a word: slm-audit search refund/]
  ])('%j points at the character', async (command, message) => {
    const { code, error } = await cli(...command, '--file', file)
    expect([code, error]).toEqual([2, expect.stringMatching(message)])
  })
})
