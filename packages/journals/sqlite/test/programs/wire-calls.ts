// Makes calls on the wire and exits at once: wire-calls.ts <file> <count>
import { createAuditLog, wrapFetch } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'
import { threadChat } from './thread-chat.ts'

const [file = '', count = '0'] = process.argv.slice(2)
const journal = await sqliteJournal({ file })
const log = createAuditLog({ journal, platform: nodePlatform(), deadlineMs: 60_000 })
const fetch = wrapFetch(log, [threadChat], async () => new Response('{"text":"t"}'))
const call = async () => {
  const response = await fetch('http://canned/chat', { method: 'POST', body: '{"input":"i"}' })
  await response.text()
}
await call()
await log.flush()
await log.flush()
for (let index = 0; index < Number(count); index++) await call()
process.exit(0)
