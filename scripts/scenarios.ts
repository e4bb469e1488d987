// Plays the adapters' scenarios and prints, for each adapter, the table of what was compared with
// the unwrapped client: scenarios.ts [adapter ...]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import Table from 'cli-table3'

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

const SUFFIX = /^(.*), against the unwrapped (?:client|object)$/
const MARKS: { readonly [status: string]: string } = { passed: 'same', failed: 'DIFFERS' }

const chosen = process.argv.slice(2).filter((argument) => argument !== '--')
const folders = chosen.map((name) => `packages/adapters/${name}/`)
const report = runTests(folders.length > 0 ? folders : ['packages/adapters/'])
const adapters = new Map<string, Map<string, Map<string, string>>>()
for (const { name: file, assertionResults } of report.testResults) {
  const adapter = relative('packages/adapters', file).split('/')[0] ?? file
  for (const { ancestorTitles, title, status } of assertionResults) {
    const client = SUFFIX.exec(ancestorTitles.at(-1) ?? '')?.[1]
    if (client === undefined) continue
    const rows = adapters.get(adapter) ?? new Map<string, Map<string, string>>()
    adapters.set(adapter, rows)
    const [, name = title, reason] = /^(.*?)(?: \((does not apply: .*)\))?$/.exec(title) ?? []
    const cells = rows.get(name) ?? new Map<string, string>()
    rows.set(name, cells.set(client, MARKS[status] ?? reason ?? 'not played'))
  }
}
for (const [adapter, rows] of [...adapters].sort()) {
  const clients = [...new Set([...rows.values()].flatMap((cells) => [...cells.keys()]))]
  const lean = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }
  const style = { head: [], border: [] }
  const table = new Table({ head: [adapter, ...clients], chars: lean, style })
  for (const [name, cells] of rows) {
    table.push([name, ...clients.map((client) => cells.get(client) ?? '')])
  }
  console.log(table.toString())
}
const all = [...adapters.values()].flatMap((rows) =>
  [...rows.values()].flatMap((cells) => [...cells.values()])
)
const differing = all.filter((mark) => mark === MARKS.failed).length
console.log(`${all.length} played in ${adapters.size} adapters, ${differing} differ`)
process.exitCode = differing > 0 || all.length === 0 ? 1 : 0

function runTests(filters: readonly string[]): Report {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-scenarios-'))
  const outputFile = join(folder, 'report.json')
  try {
    const reporter = ['--reporter=json', `--outputFile=${outputFile}`]
    const vitest = join('node_modules', 'vitest', 'vitest.mjs')
    const args = [vitest, 'run', ...reporter, '-t', 'against the unwrapped', ...filters]
    const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    return readReport(outputFile, stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(file: string, said: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch (cause) {
    throw new Error(`the tests did not run: ${said}`, { cause })
  }
}
