// Tries one adapter and prints its rows: try-adapter.ts ADAPTER. Exits with 1 where the application met anything else than
// without a log; a try that does not end ends the process.
import Table from 'cli-table3'
import { plantFaultPoints } from './fault-points.ts'
import { type Fault, tryFaults } from './try-faults.ts'
import { watchTries } from './watch-tries.ts'

const [adapter = ''] = process.argv.slice(2)
const watch = watchTries(adapter)
plantFaultPoints()
// What is tried may leave nothing that keeps the process alive.
setInterval(() => undefined, 1_000)
const { benchesOf } = await import('./subjects.ts')

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
for (const bench of await benchesOf(adapter)) {
  const faults = await tryFaults(bench, (what) => watch(`${bench.name}: ${what}`)).catch(fail)
  table.push([bench.name, faults.length, ...rowOf(faults)])
  for (const { place, met } of faults) if (met) harmed.push(`${bench.name}: ${place}: ${met}`)
  for (const one of faults) if (isSilent(one)) silent.push(`${bench.name}: ${one.place}`)
}
console.log(table.toString())
for (const what of harmed) console.log(`harmed  ${what}`)
for (const what of silent) console.log(`silent  ${what}`)
process.exit(harmed.length > 0 || silent.length > 0 ? 1 : 0)

/** Nobody else would hear of it: what is rejected unheard is an outcome of the tries. */
function fail(error: unknown): never {
  console.error(error)
  process.exit(1)
}

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
