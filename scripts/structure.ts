// Prints how the house is built: floors, arrows, circles, files a folder, exports an entry, what adding
// a client touches, and the journey of a call. Usage: structure.ts [root of another work tree].
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseSync } from 'oxc-parser'
import { packages } from './packages.ts'
import { circlesOf } from './rules/circles.ts'
import { repositoryFiles } from './rules/files.ts'
import { type ImportGraph, importGraph } from './rules/imports.ts'
import { checkRooms } from './rules/rooms.ts'
import { arrowsOf, floorsOf } from './structure/graphs.ts'
import { type Journey, journeyOf, type Steps } from './structure/journey.ts'

/** A client whose format no other adapter speaks. */
const CLIENT = 'mistral'
const CORE = 'packages/core/src/'

process.chdir(resolve(process.argv[2] ?? '.'))
const files = repositoryFiles()
const graph = importGraph(files)
const sources = [...graph.keys()].filter((path) => /^packages\/.*\/src\//.test(path))
const core: ImportGraph = new Map([...graph].filter(([path]) => path.startsWith(CORE)))
const roomOf = (path: string) => path.slice(CORE.length).split('/').slice(0, -1)[0] ?? 'entries'

print('source files of packages', sources.length)
print('core: files', core.size)
print('core: rooms', new Set([...core.keys()].map(roomOf)).size)
print('core: floors of files', floorsOf(core))
print('core: arrows between rooms', arrowsOf(core, roomOf).size)
print('imports that lead upwards', upwards())
const circles = circlesOf(graph)
print(
  'circles of files',
  circles.length,
  circles.map((circle) => circle.length)
)
const folders = Map.groupBy(sources, (path) => dirname(path))
const largest = [...folders].sort(([, one], [, other]) => other.length - one.length).slice(0, 3)
print(
  'files of the largest folders',
  largest.map(([name, { length }]) => `${name} ${length}`)
)
for (const { name, folder, manifest } of packages()) {
  if (name !== '@slm-audit/core' && name !== 'slm-audit') continue
  for (const [subpath, source] of Object.entries(manifest.exports)) {
    if (source.endsWith('.ts'))
      print(`exports of ${join(name, subpath)}`, exportsOf(join(folder, source)).size)
  }
}
const touched = touchedBy(CLIENT)
print(`files outside of its folder that name ${CLIENT}'s adapter`, touched.length, touched)
const { files: entered, changes, functions } = journeyOf(process.cwd())
print('a plain call of OpenAI: files entered', entered.size)
print('a plain call of OpenAI: changes of file', changes)
print('a plain call of OpenAI: functions entered', functions)
for (const [folder, steps] of foldersOf(entered)) {
  print(`  ${folder}: functions, changes of file`, [steps.functions, steps.changes])
}

function print(what: string, ...values: readonly (number | readonly (number | string)[])[]): void {
  const [value, more] = values
  const rest = Array.isArray(more) && more.length > 0 ? ` (${more.join(', ')})` : ''
  console.log(`${what.padEnd(56)} ${Array.isArray(value) ? value.join(', ') : value}${rest}`)
}

function upwards(): number {
  let count = 0
  checkRooms(graph, (_where, problem) => {
    if (problem.startsWith('imports ')) count++
  })
  return count
}

/** The names that a module exports, also those of others that it passes on. */
function exportsOf(path: string): Set<string> {
  const names = new Set<string>()
  if (!existsSync(path)) return names
  for (const { entries } of parseSync(path, readFileSync(path, 'utf8')).module.staticExports) {
    for (const { exportName, moduleRequest } of entries) {
      if (exportName.name !== null) names.add(exportName.name)
      else if (moduleRequest) {
        for (const name of exportsOf(join(dirname(path), moduleRequest.value))) names.add(name)
      }
    }
  }
  return names
}

/** The parts of a journey by the folder that the files are in, those with most functions first. */
function foldersOf(entered: Journey['files']): [string, Steps][] {
  const folders = new Map<string, Steps>()
  for (const [file, { functions, changes }] of entered) {
    const folder = dirname(file).replace('/src', '')
    const sum = folders.get(folder) ?? { functions: 0, changes: 0 }
    folders.set(folder, { functions: sum.functions + functions, changes: sum.changes + changes })
  }
  return [...folders].sort(([, one], [, other]) => other.functions - one.functions)
}

function touchedBy(client: string): string[] {
  const named = new RegExp(`@slm-audit/${client}\\b|adapters/${client}\\b`)
  const isOwn = (path: string) => path.startsWith(`packages/adapters/${client}/`)
  return files.filter(({ path, text }) => !isOwn(path) && named.test(text)).map(({ path }) => path)
}
