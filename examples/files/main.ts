// The log as JSON Lines files; then verified, imported into SQLite elsewhere, and searched there.
import { fileJournal, openLogSource } from '@slm-audit/file'
import { importLog } from '@slm-audit/sqlite'
import { createAuditLog, openReader } from 'slm-audit'

const journal = await fileJournal({ directory: 'audit-log', compression: 'zstd' })
const log = await createAuditLog({ journal })
await log.record(
  { operation: 'chat', provider: 'mine', input: 'Where is my refund?' },
  async () => 'On its way.'
)
await log.close()

const source = await openLogSource('audit-log')
const { flaw, checked, unsigned } = await source.verify()
console.log(`${checked} records, ${unsigned} not signed, ${flaw ? flaw.kind : 'no flaw'}`)

await importLog('copy.db', source)
await using reader = await openReader('copy.db')
const { items } = await reader.search('refund')
console.log(items[0]?.snippet?.split('\n')[0])
