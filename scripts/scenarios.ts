// Plays the adapters' scenarios and prints, for each adapter, the table of what was compared with
// the unwrapped client: scenarios.ts [adapter ...]
import { relative } from 'node:path'
import Table from 'cli-table3'
import { runTests } from './run-tests.ts'

interface Played {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly status: string
  /** Of `testClient`: the scenarios that do not apply, and why. */
  readonly meta?: { readonly without?: { readonly [scenario: string]: string } }
}

const SUFFIX = /^(.*), against the unwrapped (?:client|object)$/
const MARKS: { readonly [status: string]: string } = { passed: 'same', failed: 'FAILED' }

/** Where a client has no such scenario. */
const NOTHING = '–'

/** One client's column: by scenario, what came of it. */
type Column = Map<string, string>

const chosen = process.argv.slice(2).filter((argument) => argument !== '--')
const folders = chosen.map((name) => `packages/adapters/${name}/`)
const report = runTests<Played>(
  'against the unwrapped',
  folders.length > 0 ? folders : ['packages/adapters/']
)
const adapters = new Map<string, Map<string, Column>>()
for (const { name: file, assertionResults } of report.testResults) {
  const adapter = relative('packages/adapters', file).split('/')[0] ?? file
  const columns = adapters.get(adapter) ?? new Map<string, Column>()
  adapters.set(adapter, columns)
  for (const [client, column] of columnsOf(assertionResults)) {
    columns.set(freeName(client, columns), column)
  }
}
for (const [adapter, columns] of [...adapters].sort()) {
  if (columns.size > 0) console.log(tableOf(adapter, columns))
}
const marks = [...adapters.values()].flatMap((columns) =>
  [...columns.values()].flatMap((column) => [...column.values()])
)
const count = (mark: string | undefined) => marks.filter((each) => each === mark).length
const [same, failed] = [count(MARKS.passed), count(MARKS.failed)]
const others = marks.length - same - failed
console.log(
  'same    what the application and the server see is what they see of the unwrapped client,'
)
console.log('        and the record has the right end, words and attempts')
console.log(`${NOTHING}       does not apply to this client, or to this version of it\n`)
console.log(
  `${marks.length} scenarios: ${same} the same, ${failed} failed${others > 0 ? `, ${others} differ as told` : ''}`
)
process.exitCode = failed > 0 || same === 0 ? 1 : 0

/** The columns of a file's suites, with their names; a title that comes again is of another suite. */
function columnsOf(tests: readonly Played[]): (readonly [client: string, column: Column])[] {
  const columns: (readonly [string, Column])[] = []
  for (const { ancestorTitles, title, status, meta } of tests) {
    const client = SUFFIX.exec(ancestorTitles.at(-1) ?? '')?.[1]
    if (client === undefined) continue
    let column = columns.findLast(([name]) => name === client)?.[1]
    if (column === undefined || column.has(title)) {
      column = new Map()
      columns.push([client, column])
    }
    column.set(title, MARKS[status] ?? 'not played')
    for (const [name, reason] of Object.entries(meta?.without ?? {})) {
      column.set(name, `differs: ${reason}`)
    }
  }
  return columns
}

/** The name itself, or where two suites have it, one with a number. */
function freeName(name: string, taken: ReadonlyMap<string, Column>): string {
  let free = name
  for (let number = 2; taken.has(free); number++) free = `${name} (${number})`
  return free
}

function tableOf(adapter: string, columns: ReadonlyMap<string, Column>): string {
  const rows = new Set([...columns.values()].flatMap((column) => [...column.keys()]))
  const lean = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }
  const style = { head: [], border: [] }
  const table = new Table({ head: [adapter, ...columns.keys()], chars: lean, style })
  for (const name of rows) {
    table.push([name, ...[...columns.values()].map((column) => column.get(name) ?? NOTHING)])
  }
  const [top = '', head = '', ...body] = table.toString().split('\n')
  const rule = top.replace('┌', '├').replaceAll('┬', '┼').replace('┐', '┤')
  return [top, head, rule, ...body].join('\n')
}
