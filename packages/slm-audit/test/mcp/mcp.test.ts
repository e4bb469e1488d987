import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { createAuditLog } from 'slm-audit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cli } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-mcp-')), 'audit.db')
const client = new Client({ name: 'test', version: '1.0.0' })

beforeAll(async () => {
  await using log = await createAuditLog({ file, service: 'bot', version: '1.0' })
  for (const [user, input] of [
    ['u-1', 'Where is my refund? Write to ada@example.com'],
    ['u-2', 'Where is my parcel?']
  ] as const) {
    const request = { operation: 'chat', provider: 'test', model: 'm', input }
    await log.withContext({ user, session: `S-${user}` }, () =>
      log.record(request, async () => 'Soon.')
    )
  }
  const program = new URL('../../src/cli.ts', import.meta.url).pathname
  const args = [program, 'mcp', '--file', file]
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' })
  )
})

afterAll(() => client.close())

async function ask(name: string, args: { readonly [name: string]: unknown } = {}) {
  const { content, isError } = await client.callTool({ name, arguments: args })
  const [{ text = '' } = {}] = content as readonly { readonly text?: string }[]
  return isError ? text : JSON.parse(text)
}

test('assistants find calls, and read them without personal data', async () => {
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual([
    ...['search', 'show', 'session', 'compare', 'stats', 'verify']
  ])
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true)
  const found = await ask('search', { words: 'refund', filter: 'user:u-1' })
  expect(found.items).toHaveLength(1)
  expect(found.items[0].question).toMatch(/^Where is my refund\? Write to \*+@/)
  const call = await ask('show', { call: found.items[0].index })
  expect(call.contents.input).toMatch(/\*@\*/)
  expect(JSON.stringify(call)).not.toMatch(/example\.com/)
  expect(await ask('session', { session: 'S-u-2' })).toMatchObject({ stepCount: 1 })
  expect((await ask('stats', { by: ['model'] })).rows).toMatchObject([
    { calls: 2, by: { model: 'm' } }
  ])
  expect(await ask('compare', { first: 'user:u-1', second: 'user:u-2' })).toMatchObject({
    pairs: 0
  })
  expect((await ask('verify')).verdict).toBeDefined()
})

test('mistakes are answered with what to do', async () => {
  expect(await ask('search', { filter: 'modle:x' })).toMatch(/did you mean model\?/)
  expect(await ask('show', { call: '999' })).toMatch(/there is no call 999/)
  expect(await ask('show')).toMatch(/call is needed/)
  expect(await ask('erase')).toMatch(/there is no tool erase/)
  expect(await ask('stats', { by: 'model' })).toMatch(/by must be a list/)
  expect(await ask('stats', { by: ['modle'] })).toMatch(/modle/)
  expect(await ask('search', { query: 'refund' })).toMatch(
    /search has no option query; it takes words, filter, limit, cursor/
  )
  expect(await ask('show', { cal: '1' })).toMatch(/did you mean call\?/)
  expect(await ask('verify', { random_string: 'x' })).toMatchObject({ from: 0 })
})

test('each read is in the log', async () => {
  const listed = await cli('list', 'kind:access', '--file', file, '--jsonl')
  const reads = listed.out.split('\n').map((line) => JSON.parse(line))
  const first = String(reads.at(-1).index)
  const shown = JSON.parse((await cli('show', first, '--file', file, '--json')).out)
  expect(shown.record.event).toMatchObject({ action: 'search' })
  expect(Object.values(shown.record.event)).toContain('masked')
  expect(JSON.stringify(shown.contents)).toMatch(/refund user:u-1/)
  expect(JSON.stringify(shown.contents)).toMatch(/an assistant \(mcp\)/)
  expect((await cli('verify', '--file', file)).code).toBe(0)
})
