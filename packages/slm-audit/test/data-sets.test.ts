import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkTlogProof, parseTlogProof, parseTrustPolicy } from '@slm-audit/core/tlog'
import { createAuditLog, openReader } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-sets-'))
const file = join(folder, 'audit.db')
const tools = [{ type: 'function', function: { name: 'find_order', parameters: {} } }]
const toolCall = {
  id: 'c1',
  type: 'function',
  function: { name: 'find_order', arguments: '{"id":7}' }
}

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  const request = { operation: 'chat', provider: 'test', model: 'm' }
  const ask = (input: unknown, output: unknown, more: object = {}) =>
    log.record(
      { ...request, input, ...more },
      async () => output,
      (answer) => ({
        output: answer,
        ...('tools' in more && {}),
        ...(typeof output === 'string' && { reasoning: { source: 'tag', text: 'Because.' } })
      })
    )
  await ask('Write to ann@example.com', 'Done: ann@example.com')
  await ask(
    [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Order 7?' }
    ],
    [{ index: 0, message: { role: 'assistant', content: null, tool_calls: [toolCall] } }],
    { tools }
  )
  await ask(
    {
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'One?' },
        { role: 'assistant', content: [{ type: 'text', text: 'Two.' }] },
        { role: 'user', content: 'Three?' }
      ]
    },
    [{ type: 'text', text: 'Four.' }]
  )
  await ask([{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }], 'A cat.')
  await log
    .record({ ...request, input: 'no' }, () => Promise.reject(new Error('no')))
    .catch(() => 0)
})

async function rowsOf(format: string, ...args: string[]) {
  const out = join(folder, `${format}.jsonl`)
  const { code, error } = await cli(
    'export',
    '--format',
    format,
    '--out',
    out,
    '--file',
    file,
    ...args
  )
  expect(code).toBe(0)
  const lines = (path: string) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  return { rows: lines(out), provenance: lines(`${out}.provenance.jsonl`), error }
}

describe('fine-tuning and evaluation sets', () => {
  test('openai-chat keeps messages, tool calls and tools; complete calls only', async () => {
    const { rows, error } = await rowsOf('openai-chat')
    expect(rows).toEqual([
      {
        messages: [
          { role: 'user', content: 'Write to ann@example.com' },
          { role: 'assistant', content: 'Done: ann@example.com' }
        ]
      },
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Order 7?' },
          { role: 'assistant', content: null, tool_calls: [toolCall] }
        ],
        tools
      },
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'One?' },
          { role: 'assistant', content: 'Two.' },
          { role: 'user', content: 'Three?' },
          { role: 'assistant', content: 'Four.' }
        ]
      }
    ])
    expect(error).toMatch(/3 calls \(1 left out: openai-chat has no place for them\) written to/)
  })

  test('prompt-completion cuts before the answer; reasoning when it is asked for', async () => {
    const { rows } = await rowsOf('prompt-completion', '--reasoning')
    expect(rows[0]).toEqual({
      prompt: [{ role: 'user', content: 'Write to ann@example.com' }],
      completion: [
        { role: 'assistant', content: 'Done: ann@example.com', reasoning_content: 'Because.' }
      ]
    })
  })

  test('sharegpt names turns as trainers do', async () => {
    const { rows } = await rowsOf('sharegpt', '--reasoning')
    expect(rows[0].conversations[1].value).toBe(
      '<think>\nBecause.\n</think>\n\nDone: ann@example.com'
    )
    expect(rows[1]).toEqual({
      conversations: [
        { from: 'system', value: 'Be brief.' },
        { from: 'human', value: 'Order 7?' },
        { from: 'function_call', value: '{"name":"find_order","arguments":{"id":7}}' }
      ],
      tools: JSON.stringify(tools)
    })
  })

  test('alpaca has system and history, and no calls with tools', async () => {
    const { rows, error } = await rowsOf('alpaca')
    expect(rows).toEqual([
      { instruction: 'Write to ann@example.com', input: '', output: 'Done: ann@example.com' },
      {
        instruction: 'Three?',
        input: '',
        output: 'Four.',
        system: 'Be brief.',
        history: [['One?', 'Two.']]
      }
    ])
    expect(error).toMatch(/2 left out/)
  })

  test('each row has its provenance, with a proof that holds', async () => {
    const { rows, provenance } = await rowsOf('openai-chat')
    expect(provenance.map(({ row }) => row)).toEqual(rows.map((_, at) => at))
    await using reader = await openReader(file)
    const policy = parseTrustPolicy(`log ${(await reader.keys())[0]}\nquorum none\n`)
    for (const { auditId, records, commitments } of provenance) {
      const call = await reader.get(auditId)
      expect(call?.indices).toEqual(records.map(({ index }: { index: number }) => index))
      expect(commitments.output).toMatch(/^[0-9a-f]{64}$/)
      const proved = await reader.prove(auditId)
      for (const [place, { record, proof }] of proved.entries()) {
        expect(records[place].proof).toBe(proof)
        expect(records[place].leafHash).toBe(Buffer.from(record.leafHash).toString('hex'))
        const verdict = await checkTlogProof(
          parseTlogProof(records[place].proof),
          Buffer.from(record.header),
          policy
        )
        expect(verdict.accepted).toBe(true)
      }
    }
  })

  test('a rule file takes texts out, and provenance says how many', async () => {
    const rules = join(folder, 'rules.json')
    const match = '[\\w.]+@[\\w.]+'
    writeFileSync(
      rules,
      JSON.stringify({
        pointers: ['/input/messages/*/content'],
        patterns: [{ match, replace: '[email]' }]
      })
    )
    const { rows, provenance } = await rowsOf('openai-chat', '--redact', rules)
    expect(rows[0].messages.map(({ content }: { content: string }) => content)).toEqual([
      'Write to [email]',
      'Done: [email]'
    ])
    expect(rows[2].messages[1].content).toBe('[redacted]')
    expect(provenance.map(({ redacted }) => redacted)).toEqual([2, undefined, 3])
    writeFileSync(rules, '{"patterns":[{"match":"("}]}')
    expect(await cli('export', '--format', 'csv', '--redact', rules, '--file', file)).toMatchObject(
      {
        code: 2,
        error: expect.stringMatching(/--redact .*rules.json: Invalid regular expression/)
      }
    )
  })
})
