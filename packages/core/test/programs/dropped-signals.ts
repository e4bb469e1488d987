// Answers and attempts that the application drops, all with one signal that lives on: prints how many listeners the
// signal has while they are held, when they are collected, and when the log closes on those that are held. Run with
// --expose-gc.
import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAuditLog, memoryJournal, type Protocol, wrapFetch } from '@slm-audit/core'
import { nonStreaming } from '@slm-audit/core/adapter'
import { nodePlatform } from '@slm-audit/core/node'

const COUNT = 50
const echo: Protocol = {
  name: 'test.echo',
  matches: () => true,
  readRequest: (body) => ({ operation: 'chat', provider: 'test', input: body }),
  ...nonStreaming((body) => ({ output: body }))
}

const log = createAuditLog({ journal: memoryJournal(), platform: nodePlatform() })
const lives = new AbortController()
const { signal } = lives
const listeners = () => getEventListeners(signal, 'abort').length
const fetch = wrapFetch(log, [echo], async () => Response.json('yes', { status }))
let status = 200

/** Answers that nobody reads. */
async function ask(): Promise<Response[]> {
  const init = { method: 'POST', body: '"q"', signal }
  const answers = await Promise.all(
    Array.from({ length: COUNT }, () => fetch('http://127.0.0.1/', init))
  )
  await sleep(10)
  return answers
}

/** Refused attempts that no other follows. */
async function giveUp(): Promise<void> {
  for (let index = 0; index < COUNT; index++) {
    await log.withAttempts({ limit: 3, signal }, async () => {
      const answer = await fetch('http://127.0.0.1/', { method: 'POST', body: '"q"' })
      await answer.body?.cancel()
    })
  }
}

async function collect(): Promise<void> {
  for (let round = 0; round < 500 && listeners() > 0; round++) {
    global.gc?.()
    await sleep(10)
  }
}

console.log('held', (await ask()).length, listeners())
await collect()
console.log('collected', listeners())
status = 503
await giveUp()
console.log('given up', listeners())
await collect()
console.log('collected', listeners())
status = 200
const held = await ask()
console.log('held', listeners())
await log.close()
console.log('closed', held.length, listeners())
