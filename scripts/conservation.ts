// Gives each protocol the answers of its fixtures, and each adapter in process the values that it sees, as they came and
// disturbed, and prints for each adapter how much of them stands in the records: conservation.ts [adapter ...]
import { relative } from 'node:path'
import Table from 'cli-table3'
import { runTests } from './run-tests.ts'

/** What became of the answers of one fixture: see `testProtocol`. */
interface Conserved {
  readonly tried: number
  readonly kept: number
  readonly marked: number
  readonly silent: readonly string[]
}

interface Played {
  readonly ancestorTitles: readonly string[]
  readonly meta?: { readonly conserved?: Conserved }
}

const NONE: Conserved = { tried: 0, kept: 0, marked: 0, silent: [] }

const chosen = process.argv.slice(2).filter((argument) => argument !== '--')
const folders = chosen.flatMap((name) =>
  ['protocols', 'values'].map((file) => `packages/adapters/${name}/test/${file}`)
)
const { testResults } = runTests<Played>(
  'keeps or marks all that the answer says',
  folders.length > 0 ? folders : ['packages/adapters/', 'packages/testing/test/values']
)
const adapters = new Map<string, Conserved>()
for (const { name: file, assertionResults } of testResults) {
  const [adapter = file] = file.includes('packages/testing/')
    ? ['log.record']
    : relative('packages/adapters', file).split('/')
  for (const { ancestorTitles, meta } of assertionResults) {
    if (meta?.conserved === undefined) continue
    const fixture = ancestorTitles.at(-1) ?? ''
    const silent = meta.conserved.silent.map((what) => `${fixture}: ${what}`)
    adapters.set(adapter, sum(adapters.get(adapter) ?? NONE, { ...meta.conserved, silent }))
  }
}
const table = new Table({
  head: ['adapter', 'tried', 'kept', 'marked', 'silent'],
  style: { head: [], border: [] }
})
const all = [...adapters.values()].reduce(sum, NONE)
for (const [adapter, counts] of [...adapters].sort()) table.push([adapter, ...rowOf(counts)])
table.push(['all', ...rowOf(all)])
console.log(table.toString())
for (const what of all.silent) console.log(what)
console.log('kept    all texts and numbers of the answer stand in the record')
console.log('marked  `altered` tells of what does not, and why')
console.log('silent  texts and numbers that stand nowhere, and of which nothing tells')
process.exitCode = all.tried === 0 || all.silent.length > 0 ? 1 : 0

function sum(left: Conserved, right: Conserved): Conserved {
  return {
    tried: left.tried + right.tried,
    kept: left.kept + right.kept,
    marked: left.marked + right.marked,
    silent: [...left.silent, ...right.silent]
  }
}

function rowOf({ tried, kept, marked, silent }: Conserved): number[] {
  return [tried, kept, marked, silent.length]
}
