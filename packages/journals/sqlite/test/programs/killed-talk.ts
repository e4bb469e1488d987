// killed-talk.ts FILE [MS]: records what Alice says, MS milliseconds ago, and is killed before the log has taken it in.
import { createAuditLog } from '@slm-audit/core'
import { sqliteJournal } from '@slm-audit/sqlite'

const [file = '', ago = '0'] = process.argv.slice(2)
const log = createAuditLog({ journal: await sqliteJournal({ file }) })
const { now } = Date
Date.now = () => now() - Number(ago)
await log.withContext({ user: 'alice', session: 'a-9' }, async () => {
  const request = {
    operation: 'chat',
    provider: 'test',
    model: 'm',
    input: 'alicewords at the end'
  }
  await log.record(request, async () => 'yes')
})
process.kill(process.pid, 'SIGKILL')
