import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeCorpus } from '../../../../bench/corpus/write-corpus.ts'
import { cli, cliOf } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const file = join(folder, 'shop.db')
const until = Date.UTC(2026, 5, 30)

beforeAll(() => {
  writeCorpus(file, { calls: 1_500, until })
})

const stats = (...args: string[]) => cli('stats', '--file', file, ...args)
const rowsOf = (out: string) => out.split('\n').map((line) => JSON.parse(line))

describe('slm-audit stats', () => {
  test.each([60, 100, 160])('in %i columns has a sentence, then a row a model', async (width) => {
    const { code, out } = await cliOf(width)('stats', '--file', file, 'since:2026-03-01')
    const [head = '', names, ...rows] = out.split('\n')
    expect(code).toBe(0)
    expect(head).toMatch(/^since:2026-03-01\S* · 1,\d{3} calls · \d\.\d% failed, mostly/)
    expect(names).toMatch(/^model +calls +by \d+ [hd] +errors/)
    expect(rows.map((row) => row.split(' ')[0])).toEqual([
      ...['gpt-4o-mini', 'llama3.2:3b', 'qwen3:4b', 'qwen3:4b-2507']
    ])
    for (const row of rows) expect(row).toMatch(/[▁▂▃▄▅▆▇█]/)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
    expect(names?.includes('tokens in')).toBe(width === 160)
  })

  test.each([24, 40, 60, 100])('fits %i columns also by many values and times', async (width) => {
    const ways = [
      ['--by', 'model,tenant', '--every', '1w'],
      ['--by', 'model,tenant,version']
    ]
    for (const way of ways) {
      const { out } = await cliOf(width)('stats', '--file', file, 'since:2026-03-01', ...way)
      const [, names = '', ...rows] = out.split('\n')
      expect(names).toMatch(/^model +tenant +\w.* calls/)
      // What a row is of stays, and how many calls it has.
      for (const line of [names, ...rows])
        expect(line.length).toBeLessThanOrEqual(Math.max(width, 45))
    }
  })

  test('rows add up by any values, by time, and for programs', async () => {
    const all = rowsOf((await stats('since:2026-03-01', '--by', 'model', '--jsonl')).out)
    const sum = (rows: readonly { calls: number }[]) =>
      rows.reduce((calls, row) => calls + row.calls, 0)
    const ways = [
      ['--by', 'version'],
      ['--by', 'version,tenant'],
      ['--every', '1d'],
      ['--every', '15m', '--by', 'tenant']
    ]
    for (const way of ways) {
      const rows = rowsOf((await stats('since:2026-03-01', '--jsonl', ...way)).out)
      expect([way, sum(rows)]).toEqual([way, sum(all)])
    }
    const { out } = await stats('since:2026-03-01', '--csv')
    const [names = '', ...rows] = out.trim().split('\n')
    expect(names).toMatch(/^model,calls,complete,errors,/)
    expect(rows).toHaveLength(all.length)
    const tabbed = await cliOf(Number.POSITIVE_INFINITY)('stats', 'since:2026-03-01', '-f', file)
    expect(tabbed.out.split('\n')[0]).toMatch(/^gpt-4o-mini\t\d+\t/)
  })

  test('a filter narrows the calls, the last day is usual, and prices make a cost', async () => {
    const [bad] = rowsOf((await stats('version:2.4.1 since:2026-03-01', '--jsonl')).out)
    expect(bad).toMatchObject({ by: { model: expect.any(String) }, errors: expect.any(Number) })
    expect(await stats()).toMatchObject({
      code: 0,
      out: 'No call ended in the last 24 h; slm-audit stats since:30d looks further back.'
    })
    const prices = join(folder, 'prices.json')
    writeFileSync(prices, JSON.stringify({ 'gpt-4o-mini': { input: 1e6, output: 0 } }))
    const priced = await stats('since:2026-03-01', '--prices', prices, '--jsonl')
    const [gpt, llama] = rowsOf(priced.out)
    expect([gpt.cost, llama.cost]).toEqual([gpt.inputTokens, undefined])
    // Of rows that are not of one model, each model's tokens have its price.
    const tenants = await stats('since:2026-03-01', '--prices', prices, '--by', 'tenant', '--jsonl')
    const sum = rowsOf(tenants.out).reduce((all, { cost = 0 }) => all + cost, 0)
    expect(sum).toBeCloseTo(gpt.cost, 6)
    const csv = await stats('since:2026-03-01', '--prices', prices, '--by', 'tenant', '--csv')
    expect(csv.out.split('\n')[0]).toMatch(/refused,repeated,mostFrequentError,cost$/)
  })

  test.each([
    ['"paid since: never"', true],
    ['user:u-1 OR since:2026-03-01', true],
    ['model:gpt-4o-mini after:2026-03-01', false],
    ['(model:gpt-4o-mini since:2026-03-01) OR (tenant:nord since:2026-04-01)', false]
  ])('%s is of the last day: %s', async (filter, isOfLastDay) => {
    const { code, out } = await stats(filter)
    expect([code, /in the last 24 h/.test(out)]).toEqual([0, isOfLastDay])
  })

  test('a configuration names the database and the prices; the environment comes first', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'slm-audit-config-'))
    const config = { file, prices: { 'gpt-4o-mini': { input: 1e6, output: 0 } } }
    writeFileSync(join(cwd, 'slm-audit.config.json'), JSON.stringify(config))
    const program = new URL('../../src/cli.ts', import.meta.url).pathname
    const run = async (env: NodeJS.ProcessEnv = {}) => {
      const args = [program, 'stats', 'since:2026-03-01', '--jsonl']
      return await promisify(execFile)(process.execPath, args, {
        cwd,
        env: { ...process.env, ...env }
      })
    }
    const [gpt] = rowsOf((await run()).stdout.trim())
    expect(gpt.cost).toBe(gpt.inputTokens)
    await expect(run({ SLM_AUDIT_FILE: '/nowhere.db' })).rejects.toMatchObject({ code: 2 })
    writeFileSync(join(cwd, 'slm-audit.config.json'), '{"prices":{"m":{"input":"1"}}}')
    const { stderr } = await run().catch((error) => error)
    expect(stderr).toMatch(/slm-audit\.config\.json: prices: m must be/)
  })

  test('an answer of one letter or number is none that is empty', async () => {
    const short = join(folder, 'short.db')
    {
      await using log = await createAuditLog({ file: short })
      for (const answer of ['A', 'No', 7, '', ' ']) {
        const request = { operation: 'chat', provider: 'test', input: 'Which?' }
        await log.record(request, async () => answer)
      }
    }
    const { out } = await cli('stats', '--jsonl', '--file', short)
    expect(rowsOf(out)).toMatchObject([{ calls: 5, empty: 2 }])
  })

  test.each([
    [['--by', 'colour'], /--by cannot be 'colour'. It takes some of model, version/],
    [['--every', 'often'], /--every cannot be 'often'. It takes a stretch of time/],
    [['--prices', '/nowhere.json'], /prices: \/nowhere.json: ENOENT/],
    [['modle:x'], /did you mean model\?/]
  ])('%j is explained', async (args, message) => {
    const { code, error } = await stats(...args)
    expect([code, error]).toEqual([2, expect.stringMatching(message)])
  })
})
