// Prints what slm-audit costs here, as ratios within one run:
// main.ts [--quick] [--only <name>] [--busy] [--report] [--full]
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { adapterCost } from './adapters.ts'
import { callCost } from './call-cost.ts'
import { chunkCost } from './chunk-cost.ts'
import { coldCost } from './cold.ts'
import { encryptionCost } from './encryption.ts'
import { exporterCost } from './exporters.ts'
import type { Effort, Result } from './harness.ts'
import { historyCost } from './history.ts'
import { indexCost } from './index-cost.ts'
import { extremes, keepingCost, onBusyCores } from './keeping.ts'
import { loopDelay } from './loop-delay.ts'
import { peerCost } from './peers.ts'
import { policyCost } from './policy-cost.ts'
import { readingCost } from './reading.ts'
import { writeReport } from './report.ts'
import { retentionCost } from './retention.ts'
import { startUp } from './startup.ts'
import { survival } from './survival.ts'
import { throughput } from './throughput.ts'
import { treeCost } from './tree.ts'
import { verification } from './verification.ts'
import { viewerSpeed } from './viewer.ts'

const benches: { readonly [name: string]: (effort: Effort) => Promise<Result[]> } = {
  survival,
  extremes,
  keeping: keepingCost,
  startup: startUp,
  call: callCost,
  chunk: chunkCost,
  loop: loopDelay,
  throughput,
  policy: policyCost,
  tree: treeCost,
  history: historyCost,
  cold: coldCost,
  exporters: exporterCost,
  verification,
  encryption: encryptionCost,
  retention: retentionCost,
  adapters: adapterCost,
  viewer: viewerSpeed,
  reading: readingCost,
  index: indexCost,
  peers: peerCost
}
/** What installs other products, and so runs by `--only` alone. */
const ON_DEMAND = ['peers']
/** What is measured once more while both processors have other work: less of it, as the ratios are what they show. */
const ON_BUSY_CORES = ['loop', 'extremes', 'keeping']
const BUSY_SHARE = 0.2
/** A report begins no further measurement after so many minutes. */
const REPORT_MINUTES = 15
/** What of a measurement a report does, where all of it takes minutes; later on, still less of the large log. */
const VERIFICATION_SHARE = 0.4
const RETENTION_SHARE = 0.25
const ENCRYPTION_SHARE = 0.25
const LATE_INDEX_SHARE = 0.3
const LATE_MINUTES = 9

const args = process.argv.slice(2).filter((argument) => argument !== '--')
const options = {
  quick: { type: 'boolean' },
  only: { type: 'string' },
  busy: { type: 'boolean' },
  report: { type: 'boolean' },
  full: { type: 'boolean' }
} as const
const { values } = parseArgs({ args, options })
if (values.only !== undefined && !(values.only in benches)) {
  throw new Error(`--only takes one of ${Object.keys(benches).join(', ')}, not ${values.only}`)
}
const isFull = values.full === true
const effort = values.quick
  ? { rounds: 1, scale: 0.02 }
  : values.report
    ? { rounds: 3, scale: 1 }
    : { rounds: 9, scale: 1, isFull }
const [cpu] = cpus()
const where = `node ${process.versions.node}, ${cpus().length} × ${cpu?.model}, medians of ${effort.rounds} rounds`
console.log(where)

const results: { readonly name: string; readonly isBusy: boolean; readonly lines: Result[] }[] = []
const began = performance.now()
const names = Object.keys(benches).filter((name) =>
  values.only === undefined ? !ON_DEMAND.includes(name) : name === values.only
)
const missing: string[] = []
for (const name of names) {
  await measure(name, values.busy === true, values.report ? shareOf(name) : 1)
}
// What is measured twice comes last, and what takes longest of it behind the rest.
if (values.report) for (const each of ON_BUSY_CORES) await measure(each, true, BUSY_SHARE)
printTable()
if (values.report) writeReport(where, results, missing)
if (values.quick) console.log('quick: shows that the benchmarks run; its numbers say nothing')

async function measure(name: string, isBusy: boolean, share = 1): Promise<void> {
  const bench = benches[name]
  if (!bench) return
  const run = () => bench({ ...effort, scale: effort.scale * share })
  const add = async () => {
    results.push({ name, isBusy, lines: await (isBusy ? onBusyCores(run) : run()) })
  }
  if (!values.report) return await add()
  const told = `${name}${isBusy ? ' on busy cores' : ''}`
  if (minutes() > REPORT_MINUTES) missing.push(told)
  // One that fails must not cost the others.
  else await add().catch((error: unknown) => missing.push(`${told} (${String(error)})`))
  process.stderr.write(`${told}: after ${minutes().toFixed(1)} minutes\n`)
}

function minutes(): number {
  return (performance.now() - began) / 60_000
}

function shareOf(name: string): number {
  if (name === 'verification') return VERIFICATION_SHARE
  if (name === 'retention') return RETENTION_SHARE
  if (name === 'encryption') return ENCRYPTION_SHARE
  return name === 'index' && minutes() > LATE_MINUTES ? LATE_INDEX_SHARE : 1
}

function printTable(): void {
  const head = ['what', 'ours', 'control', 'ratio', 'aim', 'met']
  const table = new Table({ head, style: { head: [], border: [] } })
  for (const { isBusy, lines } of results) {
    for (const { what, ours, control, ratio, aim, met } of lines) {
      const told = isBusy ? `${what} (busy cores)` : what
      table.push([told, ours, control, ratio, aim, aim === '' ? '' : met ? 'yes' : 'no'])
    }
  }
  console.log(table.toString())
}
