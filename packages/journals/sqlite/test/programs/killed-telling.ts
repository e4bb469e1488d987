// killed-telling.ts FILE KEYS: records what u-7 asks, and is killed while its key service is told of a key that went.

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createAuditLog } from '@slm-audit/core'
import { localKeyProvider } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'

const [file = '', path = ''] = process.argv.slice(2)
writeFileSync(path, `${randomBytes(32).toString('hex')}\n`)
const local = localKeyProvider({ file: path })
const destroy = () => {
  process.kill(process.pid, 'SIGKILL')
}
const keys = { ...local, destroy }
const log = await createAuditLog({
  journal: await sqliteJournal({
    file,
    encryption: { contents: { keys } },
    retention: { everyHours: 1 / 36_000 }
  }),
  policy: {
    retention: { default: 'none', classes: { none: { contents: 'P0D' } } },
    rules: [{ level: 'RequestResponse' }]
  }
})
const request = { operation: 'chat', provider: 'test', model: 'm', input: 'words' }
await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
await setTimeout(60_000)
