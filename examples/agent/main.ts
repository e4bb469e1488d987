// An agent of the AI SDK whose tool is an MCP server: its records are one tree.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { auditTelemetry } from '@slm-audit/ai-sdk'
import type { AuditedCall } from '@slm-audit/core/reader'
import { wrapMcpClient } from '@slm-audit/mcp'
import { generateText, jsonSchema, stepCountIs, tool } from 'ai'
import { createAuditLog, openReader } from 'slm-audit'
import { scriptedModel } from './scripted-model.ts'

const station = new McpServer({ name: 'weather-station', version: '3.1.0' })
station.registerTool('forecast', { description: 'The forecast for Ulm' }, () => ({
  content: [{ type: 'text', text: 'rain, 11 °C' }]
}))
const [ours, theirs] = InMemoryTransport.createLinkedPair()
await station.connect(theirs)

{
  await using log = await createAuditLog()
  const mcp = wrapMcpClient(new Client({ name: 'example', version: '1' }), log)
  await mcp.connect(ours)
  const weather = tool({
    inputSchema: jsonSchema({ type: 'object' }),
    execute: () => mcp.callTool({ name: 'forecast' })
  })
  const { text } = await generateText({
    model: scriptedModel,
    prompt: 'What will the weather be like in Ulm?',
    tools: { weather },
    stopWhen: stepCountIs(3),
    telemetry: { integrations: auditTelemetry(log), functionId: 'weather-agent' }
  })
  console.log(text)
  await mcp.close()
}

await using reader = await openReader('.slm-audit/audit.db')
const { items } = await reader.query()
const found = await Promise.all(items.toReversed().map(({ auditId }) => reader.get(auditId)))
const calls = found.filter((call) => call !== undefined)

function print(parent: string | undefined, indent: string): void {
  for (const call of calls.filter(({ record }) => record.parent === parent)) {
    console.log(indent + describe(call))
    print(call.auditId, `${indent}  `)
  }
}

function describe({ record }: AuditedCall): string {
  const { name, operation, provider } = record.call ?? {}
  const asked = record.response?.toolCalls?.map((asks) => ` asks for ${asks.name}`) ?? []
  return `${record.kind} ${name ?? operation} (${provider})${asked.join('')}`
}

print(undefined, '')
