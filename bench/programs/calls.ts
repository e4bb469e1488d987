// Makes two calls a millisecond and ends: calls.ts <file> <durability> <count> <return|exit|kill>
import { setTimeout } from 'node:timers/promises'
import { createAuditLog } from 'slm-audit'

const [file = '', durability = 'process', count = '0', end = ''] = process.argv.slice(2)
const log = await createAuditLog({ file, durability: durability as 'process' })
for (let index = 0; index < Number(count); index++) {
  await log.record({ operation: 'chat', provider: 'bench', input: `${index}` }, async () => index)
  if (index % 2 === 1) await setTimeout(1)
}
if (end === 'exit') process.exit(0)
if (end === 'kill') process.kill(process.pid, 'SIGKILL')
