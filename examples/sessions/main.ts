// Who asked, in which session: context flows through asynchronous code and into every record.
import { createAuditLog, openReader } from 'slm-audit'

{
  await using log = await createAuditLog()
  const ask = (input: string) =>
    log.record({ operation: 'chat', provider: 'mine', input }, async () => `you said ${input}`)

  await Promise.all([
    log.withContext({ user: 'ann', session: 'A' }, async () => {
      await ask('first')
      await ask('second')
    }),
    log.withContext({ user: 'bob', session: 'B', tags: { beta: true } }, () => ask('third'))
  ])
}

await using reader = await openReader('.slm-audit/audit.db')
console.log('session A:', (await reader.query({ session: 'A' })).items.length)
console.log('user bob:', (await reader.query({ user: 'bob', tag: 'beta' })).items.length)
