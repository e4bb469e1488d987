// Answers that the application drops, or holds on to: prints what became of each call. Run with
// --expose-gc.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createAuditLog,
  memoryJournal,
  type Protocol,
  parseRecord,
  wrapFetch
} from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { mergeCall } from '@slm-audit/core/reader'

const plain: Protocol<string> = {
  name: 'test.plain',
  matches: () => true,
  readRequest: (body) => ({ operation: 'chat', provider: 'test', input: body }),
  readResponse: (body) => ({ output: body }),
  start: () => '',
  step: (said, event) => said + String(event),
  finish: (output) => ({ output })
}

const goOn: (() => void)[] = []
const server = createServer(async (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: "first"\n\n')
  await new Promise<void>((resolve) => goOn.push(resolve))
  response.end('data: " last"\n\n')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

const journal = memoryJournal()
const log = createAuditLog({ journal, platform: nodePlatform() })
const fetch = wrapFetch(log, [plain])
const lives = new AbortController()
const ask = (input: string) =>
  fetch(url, { method: 'POST', body: JSON.stringify(input), signal: lives.signal })

async function* words() {
  yield 'one'
  yield 'two'
}
const record = (input: string) => log.record({ operation: 'chat', provider: 'test', input }, words)

async function dropWhole(): Promise<void> {
  await ask('never read')
}

async function dropIterator(): Promise<void> {
  record('never iterated')
  await record('iterated in part').next()
}

/** Collects garbage until calls ended, or for a while. */
async function collect(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    global.gc?.()
    await sleep(10)
  }
  await log.flush()
}

await dropWhole()
await dropIterator()
const reader = (await ask('held by its reader')).body?.getReader()
const text = (await ask('held by its text')).text()
const iterator = record('held by its iterator')[Symbol.asyncIterator]()
const stages = () => journal.records.map((sealed) => parseRecord(sealed).stage)
const isOver = () => stages().filter((stage) => stage === 'abandoned').length === 3
for (let round = 0; round < 500 && !isOver(); round++) await collect(1)
await collect(5)
for (const end of goOn) end()
await text
while (!(await reader?.read())?.done);
while (!(await iterator.next()).done);
await log.flush()
const calls = Map.groupBy(journal.records, (sealed) => parseRecord(sealed).auditId)
for (const call of [...calls.values()].map((records) => mergeCall(records))) {
  const { outcome } = call?.record ?? {}
  console.log([call?.contents.input, call?.stage, outcome?.by, call?.contents.output].join(', '))
}
await log.close()
server.closeAllConnections()
server.close()
