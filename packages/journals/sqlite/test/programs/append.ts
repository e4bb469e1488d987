// Appends until all is stored, telling of each record that is: append.ts <file> <durability> <batches>
import { writeSync } from 'node:fs'
import type { Journal } from '@slm-audit/core'
import { pendingEvent } from '@slm-audit/core/journal'
import { type Durability, sqliteJournal } from '@slm-audit/sqlite'

const [file = '', durability = 'process', batches = '1'] = process.argv.slice(2)
const TRIES = 50
const checkpoints = { everyRecords: 4 }
const options = {
  file,
  durability: durability as Durability,
  origin: 'example.com/log',
  checkpoints
}

async function untilDone<T>(attempt: (retried: boolean) => Promise<T>): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt(tried > 0)
    } catch (error) {
      if (tried === TRIES) throw error
    }
  }
}

// Whoever uses a journal without a log keeps the process alive.
const alive = setInterval(() => undefined, 1000)
const journal: Journal = await untilDone(() => sqliteJournal(options))
for (let batch = 0; batch < Number(batches); batch++) {
  const pending = [0, 1].map((at) => ({
    ...pendingEvent('test', { batch, at }),
    contents: [{ name: 'input', type: 'text/plain', body: 'words '.repeat(400) }]
  }))
  await untilDone((retried) => journal.append(pending.map((one) => ({ ...one, retried }))))
  for (const { record } of pending) writeSync(1, `acked ${record.auditId}\n`)
}
await journal[Symbol.asyncDispose]()
clearInterval(alive)
