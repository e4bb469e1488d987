// print-calls.ts FILE: all calls of a log as Node's own driver reads them, oldest first.

process.env.SLM_AUDIT_SQLITE = 'node:sqlite'
const { openReader } = await import('@slm-audit/sqlite')
await using reader = await openReader(process.argv[2] ?? '')
const { items } = await reader.query({}, { limit: 1_000 })
const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
process.stdout.write(JSON.stringify(calls.reverse()))
