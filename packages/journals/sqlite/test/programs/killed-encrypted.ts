// killed-encrypted.ts FILE KEY: records 20 calls in an encrypted log, and is killed at once.
import { createAuditLog } from '@slm-audit/core'
import { sqliteJournal } from '@slm-audit/sqlite'

const [file = '', key = ''] = process.argv.slice(2)
const log = createAuditLog({
  journal: await sqliteJournal({ file, encryption: { key: { file: key } } })
})
for (let at = 0; at < 20; at++) {
  const request = { operation: 'chat', provider: 'test', model: 'm', input: `quetzalcoatl ${at}` }
  await log.record(request, async () => 'yes')
}
process.kill(process.pid, 'SIGKILL')
