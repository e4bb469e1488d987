// An exporter of one function: it gets the journal's records in order, and again until it takes them.
import { createAuditLog, defineExporter } from 'slm-audit'

let isOff = true
const printer = defineExporter({
  name: 'printer',
  export(batch) {
    if (isOff) {
      isOff = false
      throw new Error('the printer is off')
    }
    for (const { index, header } of batch) console.log(index, JSON.parse(header).stage)
  }
})

await using log = await createAuditLog({
  exporters: [{ exporter: printer, kinds: ['call'] }],
  onProblem: ({ message }) => console.log(message)
})
await log.record({ operation: 'chat', provider: 'mine', input: 'hi' }, async () => 'hello')
