// An MCP server with one tool, which mcp.ts starts and asks.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

const server = new McpServer({ name: 'policies', version: '1.0.0' })
server.registerTool(
  'searchPolicy',
  { description: 'Finds what the shop promises', inputSchema: { question: z.string() } },
  () => ({ content: [{ type: 'text', text: 'Refunds take five days.' }] })
)
await server.connect(new StdioServerTransport())
