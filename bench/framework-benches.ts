import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { auditMiddleware } from '@slm-audit/ai-sdk'
import { auditHandler } from '@slm-audit/langchain'
import { wrapMcpClient } from '@slm-audit/mcp'
import { generateText, type LanguageModel, streamText, wrapLanguageModel } from 'ai'
import type { AuditLog } from 'slm-audit'
import { type AdapterBench, adapterBench, messages, type Use } from './adapter-bench.ts'
import { cannedFetch } from './canned.ts'

const aiSdk = (log?: AuditLog): Use => {
  const fetch = cannedFetch('ai-sdk', 'plain', 'streamed')
  const bare = createOpenAICompatible({ name: 'canned', baseURL: 'http://canned/v1', fetch })('m')
  const model: LanguageModel = log
    ? wrapLanguageModel({ model: bare, middleware: auditMiddleware(log) })
    : bare
  return {
    call: () => generateText({ model, messages }),
    stream: () => streamText({ model, messages }).textStream
  }
}

const langchain = (log?: AuditLog): Use => {
  const model = new FakeListChatModel({ responses: ['Rain in Rome and snow in Oslo, as always.'] })
  const callbacks = log ? [auditHandler(log)] : []
  return {
    call: () => model.invoke('Weather in Rome and Oslo?', { callbacks }),
    stream: () => model.stream('Weather in Rome and Oslo?', { callbacks })
  }
}

async function connectMcp(): Promise<Client> {
  const server = new McpServer({ name: 'weather', version: '1' })
  server.tool('weather', () => ({ content: [{ type: 'text', text: 'rain' }] }))
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: 'bench', version: '1' })
  await Promise.all([server.connect(theirs), client.connect(ours)])
  return client
}

/** Frameworks, whose model or server is canned. */
export const frameworkBenches: readonly AdapterBench[] = [
  adapterBench(
    'mcp',
    connectMcp,
    async (client, log) => wrapMcpClient(await client, log),
    (client) => ({ call: async () => (await client).callTool({ name: 'weather', arguments: {} }) })
  ),
  { name: 'langchain', bare: () => langchain(), wrapped: langchain },
  { name: 'ai-sdk', bare: () => aiSdk(), wrapped: aiSdk }
]
