// A log without a file: records in memory, read back as sealed records.
import { createAuditLog, memoryJournal } from 'slm-audit'

const journal = memoryJournal()
const log = await createAuditLog({ journal })
await log.record({ operation: 'chat', provider: 'mine', input: 'hi' }, async () => 'hello')
await log.close()

for await (const { index, header, contents } of journal.read()) {
  const { stage } = JSON.parse(header)
  const texts = contents.map(({ name, body }) => `${name} ${new TextDecoder().decode(body)}`)
  console.log(index, stage, texts.join(', '))
}
