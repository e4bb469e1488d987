// Installs the newest frameworks, plays an application of each against a server of models on loopback, prints what is
// recorded and fails where that is not what docs/frameworks.md says; runs a program in Deno, too:
// main.ts [APP …] [deno] [--update] [--trees] [--newest]
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs, promisify } from 'node:util'
import Table from 'cli-table3'
import { type Cells, cellsOf } from './cells.ts'
import { FRAMEWORKS, type Framework } from './frameworks.ts'
import { install } from './install.ts'
import { PAGE, RESULTS, type Results, withTable } from './page.ts'
import type { AppResult } from './play-app.ts'
import { playDeno } from './play-deno.ts'

const run = promisify(execFile)

/** Most time that one application may take, in milliseconds. */
const LIMIT = 120_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    update: { type: 'boolean', default: false },
    trees: { type: 'boolean', default: false },
    newest: { type: 'boolean', default: false }
  }
})
const chosen = FRAMEWORKS.filter(({ app }) => positionals.length === 0 || positionals.includes(app))
const before = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results
const after: { [app: string]: Results[string] } = {}
const failures: string[] = []
const head = [
  'framework',
  'version',
  'requests',
  'records',
  'calls',
  'streams',
  'tools',
  'tree',
  'session'
]
const table = new Table({ head, style: { head: [], border: [] } })
for (const framework of chosen) await playOne(framework)
console.log(table.toString())
if (positionals.length === 0 || positionals.includes('deno')) {
  const deno = playDeno(values.newest)
  failures.push(...deno.failures)
  console.log(`Deno ${deno.version}: ${deno.failures.length === 0 ? 'as on Node' : 'see below'}`)
}
if (values.update && failures.length === 0) {
  const results = { ...before, ...after }
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), results))
}
for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 ? 1 : 0

async function playOne(framework: Framework): Promise<void> {
  const { name, app } = framework
  const { file, version } = install(framework, values.newest)
  const { scenes, failures: failed, problems } = await play(file)
  const cells = cellsOf(scenes, framework.hasSteps)
  after[app] = { version, cells }
  const all = Object.values(scenes)
  const requests = all.reduce((sum, played) => sum + played.requests, 0)
  const records = all.reduce((sum, { calls, others }) => sum + calls + others, 0)
  const { calls, streams, tools, tree, session } = cells
  table.push([name, version, requests, records, calls, streams, tools, tree, session])
  failures.push(...[...failed, ...problems].map((text) => `${name}: ${text}`))
  if (!values.update) failures.push(...differences(name, cells, before[app]?.cells))
  if (!values.trees) return
  for (const [scene, played] of Object.entries(scenes)) {
    console.log([`${name}, ${scene}:`, ...played.tree.map((line) => `  ${line}`)].join('\n'))
  }
}

async function play(file: string): Promise<AppResult> {
  const script = 'scripts/frameworks/play-app.ts'
  const options = { timeout: LIMIT, maxBuffer: 64 * 1024 * 1024 }
  const { stdout } = await run(process.execPath, [script, file], options)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as AppResult
}

function differences(name: string, now: Cells, then: Cells | undefined): string[] {
  const told: { readonly [cell: string]: string | undefined } = { ...then }
  return Object.entries(now)
    .filter(([cell, value]) => told[cell] !== value)
    .map(([cell, value]) => `${name}: ${PAGE} says ${cell} ${told[cell]}, and it is ${value}`)
}
