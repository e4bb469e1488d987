// Refused answers that a client drops, with and without another attempt: prints what became of each
// call. Run with --expose-gc.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createAuditLog,
  memoryJournal,
  type Protocol,
  parseRecord,
  wrapFetch
} from '@slm-audit/core'
import { nonStreaming } from '@slm-audit/core/adapter'
import { nodePlatform } from '@slm-audit/core/node'
import { mergeCall } from '@slm-audit/core/reader'

const echo: Protocol = {
  name: 'test.echo',
  matches: () => true,
  readRequest: (body) => ({ operation: 'chat', provider: 'test', input: body }),
  ...nonStreaming((body) => ({ output: body }))
}

const journal = memoryJournal()
const log = createAuditLog({ journal, platform: nodePlatform() })
const statuses: number[] = []
const fetch = wrapFetch(log, [echo], async () =>
  Response.json('yes', { status: statuses.shift() ?? 200 })
)
const ask = (input: string) =>
  fetch('http://127.0.0.1/', { method: 'POST', body: JSON.stringify(input) })

async function collect(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    global.gc?.()
    await sleep(10)
  }
}

statuses.push(429, 200)
await log.withAttempts({ limit: 3 }, async () => {
  await (await ask('tried again')).body?.cancel()
  await collect(5)
  const answer = await ask('tried again')
  await collect(5)
  await answer.text()
})
statuses.push(429)
await log.withAttempts({ limit: 3 }, async () => {
  await (await ask('given up')).body?.cancel()
})
const isOver = () => journal.records.some((sealed) => parseRecord(sealed).stage === 'abandoned')
for (let round = 0; round < 500 && !isOver(); round++) {
  await collect(1)
  await log.flush()
}
const calls = Map.groupBy(journal.records, (sealed) => parseRecord(sealed).auditId)
for (const call of [...calls.values()].map((records) => mergeCall(records))) {
  const { outcome, attempts = [] } = call?.record ?? {}
  const tried = attempts.map(({ status }) => status).join(' ')
  console.log([call?.contents.input, call?.stage, outcome?.by, tried].join(', '))
}
await log.close()
