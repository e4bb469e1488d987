import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { type AdapterBench, adapterBench, type Derive } from '@slm-audit/testing/bench'
import { wrapMcpClient } from '../src/index.ts'

async function connect(derive: Derive): Promise<Client> {
  const server = new McpServer({ name: 'weather', version: '1' })
  server.tool('weather', () => ({ content: [{ type: 'text', text: 'rain' }] }))
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  const client = new (derive(Client))({ name: 'bench', version: '1' })
  await Promise.all([server.connect(theirs), client.connect(ours)])
  return client
}

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'mcp',
    connect,
    async (client, log) => wrapMcpClient(await client, log),
    (client) => ({ call: async () => (await client).callTool({ name: 'weather', arguments: {} }) })
  )
]
