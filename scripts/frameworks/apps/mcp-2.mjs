import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { wrapMcpClient } from '@slm-audit/mcp'
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'

export async function app({ log, url, weather, play }) {
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('@modelcontextprotocol/server-everything/package.json'))
  const args = [join(folder, 'dist/index.js'), 'stdio']
  const client = wrapMcpClient(new Client({ name: 'app', version: '1' }), log) // the line
  const command = process.execPath
  await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }))
  const openai = wrapOpenAI(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'x' }), log)
  const messages = [{ role: 'user', content: 'Say it' }]
  const parameters = { type: 'object', properties: { message: { type: 'string' } } }
  const tools = [{ type: 'function', function: { name: 'echo', parameters } }]
  await play('tools', async () => {
    await openai.chat.completions.create({ model: 'tiny', messages, tools })
    weather()
    await client.callTool({ name: 'echo', arguments: { message: 'Hi' } })
  })
  await client.close()
}
