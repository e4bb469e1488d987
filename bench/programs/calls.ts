// Makes two calls a millisecond, by `burst` as many as it can, and ends: calls.ts <file> <durability> <count> <end> [streamed]
import { setTimeout } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { createAuditLog } from 'slm-audit'

const [file = '', durability = 'process', count = '0', end = '', how] = process.argv.slice(2)
const log = await createAuditLog({ file, durability: durability as 'process' })
for (let index = 0; index < Number(count); index++) {
  const request = { operation: 'chat', provider: 'bench', input: `${index}` }
  if (how === 'streamed') {
    const answer = async function* () {
      for (let chunk = 0; chunk < 5; chunk++) yield { text: `${index} ${chunk}` }
    }
    for await (const _ of log.record(request, answer));
  } else await log.record(request, async () => index)
  if (index % 2 === 1 && end !== 'burst') await setTimeout(1)
}
if (end === 'exit') process.exit(0)
if (end === 'kill' || end === 'burst') process.kill(process.pid, 'SIGKILL')
if (end === 'SIGTERM') process.kill(process.pid, 'SIGTERM')
if (end === 'uncaught') throw new Error('nobody catches this')
// Whoever started this ends it.
if (end === 'ended') {
  parentPort?.postMessage('all calls are answered')
  process.send?.('all calls are answered')
  await setTimeout(60_000)
}
