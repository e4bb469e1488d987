// Makes calls in a fleet: calls.ts <place as JSON> <name> <count>; says of each when it is in the spool.
import { writeSync } from 'node:fs'
import { type AuditError, createAuditLog } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { postgresJournal } from '@slm-audit/postgres'

const [place = '{}', name = '', count = '1'] = process.argv.slice(2)
const journal = await postgresJournal({
  ...JSON.parse(place),
  origin: 'example.com/audit',
  checkpoints: { everyRecords: 50 }
})
const onProblem = ({ message }: AuditError) => {
  writeSync(1, `problem ${message}\n`)
}
const log = createAuditLog({ journal, platform: nodePlatform(), deadlineMs: 60_000, onProblem })
const context = { user: name, session: name }
for (let at = 0; at < Number(count); at++) {
  const input = { messages: [{ role: 'user', content: `question ${at} of ${name}` }] }
  await log.withContext(context, () =>
    log.record({ operation: 'chat', provider: 'test', input }, async () => `answer ${at}`)
  )
  writeSync(1, `recorded ${name} ${at}\n`)
  if (at % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 20))
}
await log.close()
await journal[Symbol.asyncDispose]()
