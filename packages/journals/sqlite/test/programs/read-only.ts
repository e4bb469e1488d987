// Reads a log in each way that there is, and prints what it found. Runs as somebody who may not write there.
import { openReader, openSealedLog } from '@slm-audit/sqlite'

const [file = ''] = process.argv.slice(2)
const reader = await openReader(file)
const { items } = await reader.query()
const [newest] = items
const found = {
  list: items.length,
  search: (await reader.search('refund', { user: 'u-1' })).items.length,
  show: (await reader.get(newest?.auditId ?? ''))?.contents.input,
  proofs: await reader.prove(newest?.auditId ?? '').then(
    (proved) => proved.length,
    () => 0
  ),
  flaw: (await reader.verify()).flaw ?? null,
  unreadHeads: (await reader.verify()).unreadHeads
}
await reader[Symbol.asyncDispose]()
using log = openSealedLog(file)
console.log(JSON.stringify({ ...found, records: [...log.records()].length }))
