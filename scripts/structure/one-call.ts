// The program of the journey: one plain call of OpenAI's client, after some that load everything.
// Usage: one-call.ts <root of the work tree>; prints the times between which the call lives.
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

const [root = '.'] = process.argv.slice(2)
const load = async (path: string) => await import(join(root, path))
const { createAuditLog } = await load('packages/slm-audit/src/index.ts')
const { wrapOpenAI } = await load('packages/adapters/openai/src/index.ts')
const { default: OpenAI } = createRequire(join(root, 'packages/adapters/openai/package.json'))(
  'openai'
)

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'tiny',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi.' } }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
}
const folder = mkdtempSync(join(tmpdir(), 'slm-audit-structure-'))
const log = await createAuditLog({ file: join(folder, 'audit.db') })
const client = wrapOpenAI(
  new OpenAI({ apiKey: 'none', fetch: async () => Response.json(answer) }),
  log
)
const call = () =>
  client.chat.completions.create({ model: 'tiny', messages: [{ role: 'user', content: 'Hello' }] })
const now = () => performance.timeOrigin + performance.now()

// The journal's thread learns to read the client's calls while the first ones are on their way.
for (let calls = 0; calls < 5; calls++) {
  await call()
  await log.flush()
  await setTimeout(200)
}
const from = now()
await call()
await log.flush()
process.stdout.write(JSON.stringify({ from, to: now() }))
await log.close()
rmSync(folder, { recursive: true, force: true })
