import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, expect, test } from 'vitest'
import { columnsOf } from '../../src/render/columns.ts'
import { cliOf } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-widths-')), 'audit.db')

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  const request = { operation: 'chat', provider: 'test', model: 'a-model-with-a-long-name' }
  const words = ['An', 'audit', 'log', 'keeps', 'every', 'prompt', 'and', 'every', 'answer', '.']
  const read = (output: string) => ({
    output,
    usage: { inputTokens: 12_345, outputTokens: 67_890 },
    logprobs: words.map((token) => ({ token, logprob: -0.001 }))
  })
  const input = [{ type: 'user', text: 'What does an audit log keep?' }]
  await log.record({ ...request, input }, async () => words.join(' '), read)
  const failed = Object.assign(new Error('refused'), { name: 'ConnectionError' })
  await log.record(request, () => Promise.reject(failed)).catch(() => undefined)
})

test.each([48, 50, 60, 70, 80, 120])('nothing leaves %i columns', async (width) => {
  const cli = cliOf(width)
  const { out } = await cli(
    'list',
    '--jsonl',
    '--limit',
    '1',
    '--file',
    file,
    '--stage',
    'complete'
  )
  const { auditId } = JSON.parse(out)
  for (const command of [
    ['list'],
    ['tail', '--once'],
    ['search', 'audit'],
    ['show', auditId],
    ['verify']
  ]) {
    const shown = await cli(...command, '--file', file)
    expect(shown.error).toBe('')
    for (const line of shown.out.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(width)
    if (command[0] !== 'verify') expect(shown.out).toMatch(/(^|\s)1(,|\s|$)/)
  }
})

test('a wider terminal shows more of the words, and more facts', async () => {
  const listed = (width: number) => cliOf(width)('list', '--file', file)
  const outs = await Promise.all([60, 100, 160].map(listed))
  const [narrow = '', usual = '', wide = ''] = outs.map(({ out }) => out)
  // Two lines a call, the answer in the second.
  expect(narrow).toMatch(/\n1 {2}\d\d:\d\d {2}✓ .+ ms\n +An audit log keeps every/)
  expect(usual).toMatch(/\n1 {2}\d\d:\d\d:\d\d {2}✓ a-model-with-a-… {2}.*An audit log keeps/)
  expect(wide).toMatch(
    /\n1 {2}.*An audit log keeps every prompt and every answer \. +12345 → 67890 {2,}\S+ ms/
  )
})

test('where nothing reads on a terminal, columns stand between tabs and nothing is cut', async () => {
  const { out, error } = await cliOf(Number.POSITIVE_INFINITY)('list', '--file', file)
  const [failed = '', complete = ''] = out.split('\n').map((line) => line.split('\t'))
  expect(complete.slice(0, 3)).toEqual(['1', expect.stringMatching(/^\d{4}-.*Z$/), 'complete'])
  expect(complete.slice(5, 6)).toEqual(['a-model-with-a-long-name'])
  expect(complete.at(-1)).toBe('An audit log keeps every prompt and every answer .')
  expect([failed.at(-1), failed.length, error]).toEqual(['ConnectionError', complete.length, ''])
})

test('help is wrapped to the terminal', async () => {
  const { out } = await cliOf(60)('list', '--help')
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
  expect(out).toContain('default: 50')
})

test('show tells the roles of a history that has a shape of its own, and the state of the process', async () => {
  const cli = cliOf(80)
  const { out } = await cli('list', '--jsonl', '--stage', 'complete', '--file', file)
  const { auditId } = JSON.parse(out)
  const shown = await cli('show', auditId, '--file', file, '--all')
  expect(shown.out).toContain('  user       What does an audit log keep?')
  expect(shown.out.replace(/\s+/g, ' ')).toMatch(
    /pid \d+, rss \d+ MiB, (cpu \d+%, )?event loop \d+%, open calls 1/
  )
})

test('show folds what was said before, and --all unfolds it; facts stand beside from 140 columns on', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'slm-audit-folded-')), 'audit.db')
  {
    await using log = await createAuditLog({ file: path, service: 'support-bot' })
    const call = (name: string, given: object) => ({
      role: 'assistant',
      tool_calls: [{ function: { name, arguments: JSON.stringify(given) } }]
    })
    const input = [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Good morning.' },
      { role: 'assistant', content: 'How can I help?' },
      { role: 'user', content: 'Where is my refund for order 4711?' },
      call('lookupOrder', { orderId: '4711' }),
      { role: 'tool', content: '{"status":"delivered"}' }
    ]
    const request = { operation: 'chat', provider: 'test', model: 'qwen3:4b', input }
    await log.withContext({ user: 'u-7', session: 'S-42' }, () =>
      log.record(request, async () => 'They were delivered on 21 November.')
    )
  }
  const lines = (width: number, ...more: string[]) =>
    cliOf(width)('show', 'last', '--file', path, ...more).then(({ out }) => out.split('\n'))
  const [title = '', ...usual] = await lines(100)
  expect(title).toMatch(/^✓ qwen3:4b answered u-7 in [\d.]+ ms +✓ proven to checkpoint 3$/)
  expect(usual.slice(0, 5)).toEqual([
    '  + system and 2 earlier messages: --all',
    '  user       Where is my refund for order 4711?',
    '  ⌂ asks     lookupOrder {"orderId":"4711"}',
    '  ⌂ tool     {"status":"delivered"}',
    '  assistant  They were delivered on 21 November.'
  ])
  expect(usual.at(-1)).toBe('  next: session S-42 · --all · --json · prove 1')
  const all = await lines(100, '--all')
  expect(all.slice(1, 4)).toEqual([
    '  system     Be kind.',
    '  user       Good morning.',
    '  assistant  How can I help?'
  ])
  const wide = await lines(160)
  expect(wide[2]).toMatch(/^ {2}user {7}Where is my refund for order 4711\? +│ time {6}\d/)
  for (const line of wide) expect(columnsOf(line)).toBeLessThanOrEqual(160)
  expect((await lines(50)).slice(0, 2)).toEqual([
    expect.stringMatching(/^✓ qwen3:4b answered u-7 in [\d.]+ ms$/),
    '  ✓ proven to checkpoint 3'
  ])
})
