// Records calls and exports them by HTTP, one batch a request; at a batch it dies after the other
// end has it: exporting.ts <file> <url> <calls> <die at batch | never>
import { createAuditLog, defineExporter } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'

const [file = '', url = '', calls = '0', dieAt = 'never'] = process.argv.slice(2)
let batches = 0
const exporter = defineExporter({
  name: 'http',
  async export(batch, signal) {
    const body = JSON.stringify(batch.map(({ index }) => index))
    const response = await fetch(url, { method: 'POST', body, signal })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    if (++batches === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
  }
})
const journal = await sqliteJournal({ file, durability: 'process' })
const log = createAuditLog({
  journal,
  platform: nodePlatform(),
  mode: 'blocking',
  deadlineMs: 60_000,
  onProblem: ({ message }) => console.log(message),
  exporters: [
    { exporter, batchSize: 50, deadlineMs: 60_000, delayMs: 10, firstRetryMs: 10, lastRetryMs: 50 }
  ]
})
await Promise.all(
  Array.from({ length: Number(calls) }, (_, input) =>
    log.record({ operation: 'chat', provider: 'test', input }, async () => input)
  )
)
// A flush leaves an exporter that was failing before it to later; here later is now.
const hold = setInterval(() => undefined, 1000)
do await log.flush()
while (((await journal.cursors?.load('http'))?.next ?? 0) < (await journal.size()))
clearInterval(hold)
await log.close()
