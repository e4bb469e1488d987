// Makes every function of ours that runs during a call throw in turn, under every adapter, and prints what the application
// met and what was recorded: guard.ts [adapter ...]. Exits with 1 where the application met anything else than without a log.
import { readdirSync } from 'node:fs'
import Table from 'cli-table3'
import { plantFaultPoints } from './guard/fault-points.ts'
import { type Fault, tryFaults } from './guard/try-faults.ts'

plantFaultPoints()
// What is tried may leave nothing that keeps the process alive.
setInterval(() => undefined, 1_000)
const { benchesOf } = await import('./guard/subjects.ts')

const chosen = process.argv.slice(2).filter((argument) => argument !== '--')
const adapters = chosen.length > 0 ? chosen : readdirSync('packages/adapters').sort()
const table = new Table({
  head: [
    'adapter',
    'functions',
    'host identical',
    'recorded',
    'lost and told',
    'silent',
    'told again'
  ],
  style: { head: [], border: [] }
})
const harmed: string[] = []
const silent: string[] = []
for (const adapter of adapters) {
  for (const bench of await benchesOf(adapter)) {
    const faults = await tryFaults(bench)
    console.error(`${bench.name}: ${faults.length} functions`)
    table.push([bench.name, faults.length, ...rowOf(faults)])
    for (const { place, met } of faults) if (met) harmed.push(`${bench.name}: ${place}: ${met}`)
    for (const one of faults) if (isSilent(one)) silent.push(`${bench.name}: ${one.place}`)
  }
}
console.log(table.toString())
for (const what of harmed) console.log(`harmed  ${what}`)
for (const what of silent) console.log(`silent  ${what}`)
console.log(
  'host identical  results, chunks and errors are those of the bare client, and nothing was rejected unheard'
)
console.log('recorded        all calls have a terminal record')
console.log('lost and told   a call has none, and a problem tells of it')
console.log('told again      more than one problem was told of one fault')
process.exit(harmed.length > 0 || silent.length > 0 ? 1 : 0)

function isSilent({ isRecorded, told }: Fault): boolean {
  return !isRecorded && told === 0
}

function rowOf(faults: readonly Fault[]): number[] {
  const count = (is: (fault: Fault) => boolean) => faults.filter(is).length
  return [
    count(({ met }) => met === undefined),
    count(({ isRecorded }) => isRecorded),
    count((fault) => !fault.isRecorded && !isSilent(fault)),
    count(isSilent),
    count(({ told }) => told > 1)
  ]
}
