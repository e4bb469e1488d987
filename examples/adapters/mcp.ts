// Calls a tool of an MCP server and records the call: node mcp.ts
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { wrapMcpClient } from '@slm-audit/mcp'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const client = wrapMcpClient(new Client({ name: 'support-bot', version: '2.3.1' }), log)

const server = new URL('servers/policies.ts', import.meta.url).pathname
await client.connect(new StdioClientTransport({ command: process.execPath, args: [server] }))
const { content } = await client.callTool({
  name: 'searchPolicy',
  arguments: { question: 'How long does a refund take?' }
})
const [first] = content as { text: string }[]
process.stdout.write(first?.text ?? '')
await client.close()
