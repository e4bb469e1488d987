// killed-talk.ts FILE: records what Alice says, and is killed before the log has taken it in.
import { createAuditLog } from '@slm-audit/core'
import { sqliteJournal } from '@slm-audit/sqlite'

const [file = ''] = process.argv.slice(2)
const log = createAuditLog({ journal: await sqliteJournal({ file }) })
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
