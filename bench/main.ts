// Prints what slm-audit costs here, as ratios within one run: main.ts [--quick] [--only <name>]
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { adapterCost } from './adapters.ts'
import { callCost } from './call-cost.ts'
import { chunkCost } from './chunk-cost.ts'
import { encryptionCost } from './encryption.ts'
import { exporterCost } from './exporters.ts'
import { historyCost } from './history.ts'
import { indexCost } from './index-cost.ts'
import { loopDelay } from './loop-delay.ts'
import { survival } from './survival.ts'
import { throughput } from './throughput.ts'
import { treeCost } from './tree.ts'
import { verification } from './verification.ts'

const benches = {
  call: callCost,
  chunk: chunkCost,
  adapters: adapterCost,
  throughput,
  tree: treeCost,
  history: historyCost,
  verification,
  encryption: encryptionCost,
  exporters: exporterCost,
  index: indexCost,
  loop: loopDelay,
  survival
}
const args = process.argv.slice(2).filter((argument) => argument !== '--')
const options = { quick: { type: 'boolean' }, only: { type: 'string' } } as const
const { values } = parseArgs({ args, options })
if (values.only !== undefined && !(values.only in benches)) {
  throw new Error(`--only takes one of ${Object.keys(benches).join(', ')}, not ${values.only}`)
}
const effort = values.quick ? { rounds: 1, scale: 0.02 } : { rounds: 9, scale: 1 }

const [cpu] = cpus()
console.log(
  `node ${process.versions.node}, ${cpus().length} × ${cpu?.model}, medians of ${effort.rounds} rounds`
)
const table = new Table({
  head: ['what', 'ours', 'control', 'ratio', 'aim', 'met'],
  style: { head: [], border: [] }
})
for (const [name, bench] of Object.entries(benches)) {
  if (values.only !== undefined && values.only !== name) continue
  for (const { what, ours, control, ratio, aim, met } of await bench(effort)) {
    table.push([what, ours, control, ratio, aim, aim === '' ? '' : met ? 'yes' : 'no'])
  }
}
console.log(table.toString())
if (values.quick) console.log('quick: shows that the benchmarks run; its numbers say nothing')
