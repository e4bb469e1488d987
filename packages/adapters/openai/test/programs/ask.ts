// Asks a server and prints what the application sees: ask.ts <url> <file, or none> <count> <return|exit|kill>
import { createAuditLog } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'
import OpenAI from 'openai'
import { wrapOpenAI } from '../../src/index.ts'

const [url = '', file = 'none', count = '1', end = 'return'] = process.argv.slice(2)
const bare = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: 0 })
const client = file === 'none' ? bare : wrapOpenAI(bare, await openLog())
const params = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] }
for (let index = 0; index < Number(count); index++) {
  if (end === 'kill') {
    for await (const chunk of await client.chat.completions.create({ ...params, stream: true })) {
      console.log(JSON.stringify(chunk))
      if (chunk.choices[0]?.delta.content === 'b') process.kill(process.pid, 'SIGKILL')
    }
  }
  console.log(JSON.stringify(await client.chat.completions.create(params)))
}
if (end === 'exit') process.exit(3)

async function openLog() {
  const strict = end === 'kill'
  const journal = await sqliteJournal({ file })
  const mode = strict ? 'blocking-strict' : 'async'
  return createAuditLog({ journal, platform: nodePlatform(), deadlineMs: 60_000, mode })
}
