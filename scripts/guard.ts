// Makes every function of ours that runs during a call throw in turn, under every adapter, and prints what the application
// met and what was recorded: guard.ts [adapter ...]. Exits with 1 where the application met anything else than without a log.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const chosen = process.argv.slice(2).filter((argument) => argument !== '--')
const adapters = chosen.length > 0 ? chosen : readdirSync('packages/adapters').sort()
const script = join(import.meta.dirname, 'guard', 'try-adapter.ts')
// Each has a process of its own: faults leave logs open, whose functions would run among those of the next adapter.
const failed = adapters.filter((adapter) => {
  const { status } = spawnSync(process.execPath, [script, adapter], { stdio: 'inherit' })
  return status !== 0
})
console.log(
  'host identical  results, chunks and errors are those of the bare client, and nothing was rejected unheard'
)
console.log('recorded        all calls have a terminal record')
console.log('lost and told   a call has none, and a problem tells of it')
console.log('told again      more than one problem was told of one fault')
if (failed.length > 0) console.log(`failed          ${failed.join(', ')}`)
process.exit(failed.length > 0 ? 1 : 0)
