import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import * as types from '@modelcontextprotocol/sdk/types.js'
import type { AuditedCall } from '@slm-audit/core/reader'
import { memoryLog } from '@slm-audit/testing'
import { type MethodScenario, storesNoCanary, testMethod } from '@slm-audit/testing/conformance'
import { Client as OldClient } from 'mcp-sdk-1.8/client/index.js'
import { InMemoryTransport as OldTransport } from 'mcp-sdk-1.8/inMemory.js'
import { Server as OldServer } from 'mcp-sdk-1.8/server/index.js'
import * as oldTypes from 'mcp-sdk-1.8/types.js'
import { expect, test } from 'vitest'
import { wrapMcpClient } from '../src/index.ts'
import { CAPABILITIES, INFO, serve } from './server.ts'

const versions = {
  'mcp 1.32': { Client, Server, InMemoryTransport, types },
  'mcp 1.8': {
    Client: OldClient as unknown as typeof Client,
    Server: OldServer as unknown as typeof Server,
    InMemoryTransport: OldTransport as unknown as typeof InMemoryTransport,
    types: oldTypes as unknown as typeof types
  }
}

async function connect(sdk: (typeof versions)['mcp 1.32']): Promise<Client> {
  const server = new sdk.Server(INFO, CAPABILITIES)
  serve(server, sdk.types)
  const client = new sdk.Client({ name: 'test', version: '1' }, { capabilities: {} })
  const [ours, theirs] = sdk.InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(theirs), client.connect(ours)])
  return client
}

const ended = (stage: string, by?: string) => (calls: AuditedCall[]) => {
  expect(calls.map((call) => [call.stage, call.record.outcome?.by])).toEqual([[stage, by]])
}

const call = (client: Client, name: string, options?: object) =>
  client.callTool({ name, arguments: { city: 'Ulm' } }, undefined, options)

const scenarios: readonly MethodScenario<Client>[] = [
  {
    name: 'a call',
    run: (client) => call(client, 'weather'),
    folder: new URL('../fixtures/call/', import.meta.url),
    check: ([found]) => expect(found?.record.kind).toBe('tool')
  },
  {
    name: 'structured content',
    run: (client) => call(client, 'structured'),
    check: ([found]) =>
      expect(found?.contents.output).toMatchObject({ structuredContent: { celsius: 11 } })
  },
  {
    name: 'an image is kept by its digest',
    run: (client) => call(client, 'picture'),
    check: ([found]) =>
      expect(JSON.stringify(found?.contents.output)).toMatch(/"media":\{.*"sha256"/)
  },
  {
    name: 'a tool that says it failed',
    run: (client) => call(client, 'failing'),
    check([found]) {
      expect(found?.stage).toBe('error')
      expect(found?.record.outcome).toEqual({ type: 'tool_error' })
      expect(found?.contents.error).toBe('no such city')
      expect(found?.contents.output).toMatchObject({ isError: true })
    }
  },
  {
    name: 'a tool that is not there',
    run: (client) => call(client, 'nothing'),
    check([found]) {
      expect(found?.stage).toBe('error')
      expect(found?.record.outcome).toMatchObject({ type: 'McpError', code: '-32602' })
    }
  },
  {
    name: 'progress',
    async run(client) {
      const seen: unknown[] = []
      const result = await call(client, 'steps', { onprogress: (step: object) => seen.push(step) })
      return { seen, result }
    },
    check: ([found]) => expect(found?.record.timing?.chunks).toBe(3)
  },
  {
    name: 'a timeout',
    run: (client) => call(client, 'slow', { timeout: 10 }),
    check: ended('cancelled', 'timeout')
  },
  {
    name: 'an abort',
    async run(client) {
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 5)
      return call(client, 'slow', { signal: stop.signal })
    },
    check: ended('cancelled', 'signal')
  },
  {
    name: 'the server goes away',
    async run(client) {
      const result = call(client, 'slow')
      setTimeout(() => client.close(), 5)
      return result
    },
    check: ended('error')
  },
  {
    name: 'a resource',
    run: (client) => client.readResource({ uri: 'page://1' }),
    folder: new URL('../fixtures/resource/', import.meta.url),
    check: ([found]) => expect(found?.record.kind).toBe('step')
  },
  {
    name: 'a prompt',
    run: (client) => client.getPrompt({ name: 'greet' }),
    folder: new URL('../fixtures/prompt/', import.meta.url),
    check: ([found]) => expect(found?.record.kind).toBe('step')
  },
  {
    name: 'what is listed and read',
    run: async (client) => [
      await client.listTools(),
      await client.readResource({ uri: 'page://1' }),
      await client.getPrompt({ name: 'greet' })
    ],
    check(calls) {
      const asked = calls.map(({ record }) => [
        record.kind,
        record.call?.operation,
        record.call?.name
      ])
      expect(asked).toEqual([
        ['step', 'tools/list', 'tools'],
        ['step', 'resources/read', undefined],
        ['step', 'prompts/get', 'greet']
      ])
      // An address of a resource may be a file of somebody.
      expect(calls[1]?.contents['header.call']).toEqual({ name: 'page://1' })
      expect(calls[1]?.contents.output).toMatchObject({ contents: [{ text: 'a page' }] })
    }
  }
]

for (const [name, sdk] of Object.entries(versions)) {
  testMethod<Client>({ name, create: () => connect(sdk), wrap: wrapMcpClient, scenarios })
}

test('something else is refused', () => {
  expect(() => wrapMcpClient({}, memoryLog().log)).toThrow(TypeError)
})

test('nothing that a policy redacts is stored of tools, their results and their errors', () =>
  storesNoCanary(async (log, text) => {
    const client = wrapMcpClient(await connect(versions['mcp 1.32']), log)
    for (const name of ['echo', 'throwing', 'failing', 'none']) {
      await client.callTool({ name, arguments: { query: text } }).catch(() => undefined)
    }
    const stop = AbortSignal.timeout(20)
    const slow = client.callTool({ name: 'slow', arguments: { text } }, undefined, { signal: stop })
    await slow.catch(() => undefined)
    await client.close()
  }))
