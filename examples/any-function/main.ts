// Any function that asks a model, recorded: its result passes through as it is.
import { createAuditLog, openReader } from 'slm-audit'

{
  await using log = await createAuditLog()
  const request = { operation: 'chat', provider: 'mine', model: 'echo-1', input: 'hello' }
  const answer = await log.record(request, async () => 'hello yourself')
  console.log(answer)

  async function* stream() {
    yield 'one '
    yield 'two '
    yield 'three'
  }
  for await (const word of log.record({ ...request, stream: true }, stream)) {
    console.log(word)
    if (word === 'two ') break
  }
  await log.record(request, () => Promise.reject(new Error('model crashed'))).catch(() => {})
}

await using reader = await openReader('.slm-audit/audit.db')
for (const { stage, errorType } of (await reader.query()).items) console.log(stage, errorType ?? '')
