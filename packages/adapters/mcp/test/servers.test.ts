import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import * as types from '@modelcontextprotocol/sdk/types.js'
import { memoryLog, treeOf } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapMcpClient } from '../src/index.ts'
import { CAPABILITIES, INFO, serve } from './server.ts'

const newClient = () => new Client({ name: 'test', version: '1' })

/** A model asks for a tool by its name, and the application runs it. */
async function askForWeather(client: Client) {
  const { log, calls } = memoryLog()
  const wrapped = wrapMcpClient(client, log)
  expect(wrapped).toBe(client)
  const result = await log.step('agent', async () => {
    const model = log.open({ operation: 'chat', provider: 'test' })
    model.complete({ toolCalls: [{ id: 'call-1', name: 'weather' }] })
    return wrapped.callTool({ name: 'weather', arguments: { city: 'Ulm' } })
  })
  expect(result).toMatchObject({ content: [{ text: 'rain {"city":"Ulm"}' }] })
  const found = await calls()
  expect(treeOf(found)).toEqual(['step agent', '  call chat', '    tool weather'])
  expect(found[2]?.record.call).toMatchObject({ toolCallId: 'call-1', server: INFO })
}

test('a server that is a process, on its standard streams', async () => {
  const script = new URL('stdio-server.ts', import.meta.url).pathname
  const client = newClient()
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [script] }))
  try {
    await askForWeather(client)
  } finally {
    await client.close()
  }
})

test('a server over HTTP', async () => {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID()
  })
  const mcp = new Server(INFO, CAPABILITIES)
  serve(mcp, types)
  await mcp.connect(transport as never)
  const http = createServer((request, response) => void transport.handleRequest(request, response))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const client = newClient()
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  await client.connect(new StreamableHTTPClientTransport(url) as never)
  try {
    await askForWeather(client)
  } finally {
    await client.close()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
})
