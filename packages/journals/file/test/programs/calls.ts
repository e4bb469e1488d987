// Makes calls and then ends as told: calls.ts <directory> <count> <return|exit|kill|flush> [recipient]
import { createAuditLog } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { fileJournal } from '@slm-audit/file'

const [directory = '', count = '0', end = 'return', recipient] = process.argv.slice(2)
const journal = await fileJournal({
  directory,
  rotate: { bytes: 60_000 },
  compression: 'gzip',
  ...(recipient !== undefined && { recipients: [recipient] })
})
const log = createAuditLog({ journal, platform: nodePlatform(), deadlineMs: 60_000 })
const request = { operation: 'chat', provider: 'test' }
for (let index = 0; index < Number(count); index++) {
  await log.record({ ...request, input: `call ${index}` }, async () => index)
}
if (end === 'exit') process.exit(0)
if (end === 'flush') {
  await log.flush()
  process.kill(process.pid, 'SIGKILL')
}
if (end === 'kill') {
  log.open({ ...request, input: 'left open' })
  process.kill(process.pid, 'SIGKILL')
}
