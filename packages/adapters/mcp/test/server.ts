import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type * as types from '@modelcontextprotocol/sdk/types.js'

type Types = typeof types

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Tools by name; each gets its arguments and may report progress. */
const tools: { readonly [name: string]: (input: unknown, tell: Tell) => unknown } = {
  weather: (input) => ({ content: [{ type: 'text', text: `rain ${JSON.stringify(input)}` }] }),
  structured: () => ({
    content: [{ type: 'text', text: '{"celsius":11}' }],
    structuredContent: { celsius: 11 }
  }),
  picture: () => ({ content: [{ type: 'image', data: PIXEL, mimeType: 'image/png' }] }),
  echo: (input) => ({ content: [{ type: 'text', text: JSON.stringify(input) }] }),
  throwing: (input) => {
    throw new Error(JSON.stringify(input))
  },
  failing: () => ({ content: [{ type: 'text', text: 'no such city' }], isError: true }),
  slow: () => new Promise(() => undefined),
  async steps(_input, tell) {
    for (const progress of [1, 2, 3]) await tell({ progress, total: 3 })
    return { content: [{ type: 'text', text: 'done' }] }
  }
}

type Tell = (progress: object) => Promise<void>

/** Gives a server of either version of the SDK its tools, a resource and a prompt. */
export function serve(server: Server, schemas: Types): void {
  server.setRequestHandler(schemas.ListToolsRequestSchema, () => ({
    tools: [{ name: 'weather', description: 'd', inputSchema: { type: 'object' as const } }]
  }))
  server.setRequestHandler(schemas.CallToolRequestSchema, ({ params }) => {
    const tool = tools[params.name]
    if (tool === undefined) throw new schemas.McpError(-32602, `no tool ${params.name}`)
    const progressToken = params._meta?.progressToken
    const tell: Tell = async (progress) => {
      const about = { ...progress, progressToken } as never
      await server.notification({ method: 'notifications/progress', params: about })
    }
    return tool(params.arguments, tell) as never
  })
  server.setRequestHandler(schemas.ReadResourceRequestSchema, ({ params }) => ({
    contents: [{ uri: params.uri, text: 'a page' }]
  }))
  server.setRequestHandler(schemas.GetPromptRequestSchema, ({ params }) => ({
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text: params.name } }]
  }))
}

export const INFO = { name: 'weather-station', version: '3.1.0' }
export const CAPABILITIES = { capabilities: { tools: {}, resources: {}, prompts: {} } }
