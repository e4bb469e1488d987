// What is recorded of which calls: a policy that leaves out, takes out and refuses.
import { AuditError, createAuditLog, openReader, type PolicyDocument } from 'slm-audit'

const policy: PolicyDocument = {
  rules: [
    { name: 'health', level: 'None', match: { tags: { area: 'health' } } },
    { name: 'guests', level: 'Request', match: { users: 'guest*' }, deny: 'guests ask nothing' },
    {
      name: 'rest',
      level: 'RequestResponse',
      redact: [
        { detectors: 'payment-card', operator: 'mask', keep: 4 },
        { detectors: ['secrets', 'personal'] }
      ]
    }
  ]
}
const log = await createAuditLog({ policy })

/** Asks a model that repeats what it is told. */
function ask(input: string, context: { user: string; tags?: { area: string } }) {
  const request = { operation: 'chat', provider: 'mine', input }
  return log.withContext(context, () => log.record(request, async () => input))
}

await ask('I have a cough', { user: 'u-1', tags: { area: 'health' } })
await ask('charge 4111 1111 1111 1111, receipt to ada@example.org', { user: 'u-2' })
try {
  await ask('hello', { user: 'guest-1' })
} catch (error) {
  if (AuditError.is(error)) console.log(error.code)
}
await log.close()

await using reader = await openReader('.slm-audit/audit.db')
for (const { auditId } of (await reader.query({})).items.toReversed()) {
  const call = await reader.get(auditId)
  console.log(call?.record.policy?.rule, call?.stage, call?.contents.input)
}
