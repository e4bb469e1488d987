import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestTaskStore } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { type MethodScenario, testMethod } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { z } from 'zod'
import { wrapMcpClient } from '../src/index.ts'
import { INFO } from './server.ts'

const results: { readonly [city: string]: CallToolResult } = {
  Ulm: { content: [{ type: 'text', text: 'rain' }] },
  Oslo: { content: [{ type: 'text', text: 'no such city' }], isError: true }
}

interface Extra {
  readonly taskId: string
  readonly taskStore: RequestTaskStore
}

/** A client of a server whose one tool runs as a task. */
async function connect(): Promise<Client> {
  const taskStore = new InMemoryTaskStore()
  const capabilities = { tools: {}, tasks: { requests: { tools: { call: {} } } } }
  const server = new McpServer(INFO, { capabilities, taskStore })
  const config = { description: 'd', inputSchema: { city: z.string() } }
  const handlers = {
    async createTask({ city }: { city: string }, { taskStore: store }: Extra) {
      const task = await store.createTask({ ttl: 60_000, pollInterval: 5 })
      const result = results[city]
      if (result) await store.storeTaskResult(task.taskId, 'completed', result)
      return { task }
    },
    getTask: (_input: unknown, { taskId, taskStore: store }: Extra) => store.getTask(taskId),
    getTaskResult: (_input: unknown, { taskId, taskStore: store }: Extra) =>
      store.getTaskResult(taskId)
  }
  server.experimental.tasks.registerToolTask('weather', config, handlers as never)
  const client = new Client({ name: 'test', version: '1' }, { capabilities: {} })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(theirs), client.connect(ours)])
  await client.listTools()
  return client
}

/** Calls the tool of that city; `created` is called once it runs. */
async function call(client: Client, city: string, created?: () => unknown) {
  const params = { name: 'weather', arguments: { city } }
  const seen: unknown[] = []
  for await (const message of client.experimental.tasks.callToolStream(params)) {
    if (message.type === 'result') seen.push(message.result.content)
    // How often it is asked for depends on the clock.
    else if (message.type !== 'taskStatus') seen.push(message.type)
    if (message.type === 'taskCreated' && created?.() === 'break') break
  }
  return seen
}

const scenarios: readonly MethodScenario<Client>[] = [
  {
    name: 'a task that gives a result',
    run: (client) => call(client, 'Ulm'),
    check([found]) {
      expect(found?.record).toMatchObject({ kind: 'tool', call: { name: 'weather', server: INFO } })
      expect(found?.contents).toMatchObject({ input: { city: 'Ulm' }, output: results.Ulm })
    }
  },
  {
    name: 'a task whose result says that it failed',
    run: (client) => call(client, 'Oslo'),
    check([found]) {
      expect(found?.stage).toBe('error')
      expect(found?.contents).toMatchObject({ output: results.Oslo, error: 'no such city' })
    }
  },
  {
    name: 'the server goes away',
    run: (client) => call(client, 'Nowhere', () => client.close()),
    check([found]) {
      expect(found?.stage).toBe('error')
      expect(found?.record.outcome?.type).toBe('McpError')
    }
  },
  {
    name: 'its messages are left',
    run: (client) => call(client, 'Nowhere', () => 'break'),
    check: ([found]) => expect(found?.record.outcome?.by).toBe('consumer')
  }
]

testMethod<Client>({ name: 'mcp 1.32 tasks', create: connect, wrap: wrapMcpClient, scenarios })
