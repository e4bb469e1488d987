// Makes calls and then ends as told: calls.ts <file> <durability> <count> <return|exit|kill> [open]
import { createAuditLog } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { type Durability, sqliteJournal } from '@slm-audit/sqlite'

const [file = '', durability = 'process', count = '0', end = 'return', open] = process.argv.slice(2)
const mode = durability === 'disk' ? 'blocking' : 'async'
const journal = await sqliteJournal({ file, durability: durability as Durability })
const log = createAuditLog({ journal, platform: nodePlatform(), deadlineMs: 60_000, mode })
for (let index = 0; index < Number(count); index++) {
  await log.record(
    { operation: 'chat', provider: 'test', input: `call ${index}` },
    async () => index
  )
}
if (open) {
  log.open({ operation: 'chat', provider: 'test', input: 'left open' })
  await log.flush()
}
if (end === 'exit') process.exit(0)
if (end === 'kill') {
  console.log('KILL ME')
  await new Promise(() => setInterval(() => {}, 1000))
}
