// Rules about what stands in a file, by the folder that it is in.
import { posix } from 'node:path'
import type { Report, RepositoryFile } from './files.ts'
import type { ImportGraph } from './imports.ts'

const MAX_LINES = 300
const MAX_FILES = 30
const SECRETS = /registry\.npmjs|\/work\/main|\/root\/|artifactory/
const WATCHING = /\bfor await\b|\.tee\(|\basync \*|\basync function\*/
const EXPORTED = /^export (async function|function|class|const|interface|type|abstract) ?\w/
/** SQLite compiles a statement anew each time that a value is bound to one. */
const BOUND_LIMIT = /\b(LIMIT|OFFSET) \?(?! \+ 0)/
const SOURCE = /^packages\/.*\/src\/.*\.ts$/

/** Rooms of core that iterate: over an application's streams the taps alone, over records journals and their readers. */
const ITERATES = /^packages\/core\/src\/(streams|journal|node|read\/walk)\//
/** Where core may use Node. */
const NODE = /^packages\/core\/src\/node(\/|\.ts$)/
/** Where core may load zod; its types may be named in the whole room. */
const ZOD = /^packages\/core\/src\/record\/schema(\/|\.ts$)/
const ZOD_TYPES = /^packages\/core\/src\/record\//

/** Checks each file by itself. */
export function checkSources(files: readonly RepositoryFile[], report: Report): void {
  for (const { path, text } of files) {
    const lines = text.split('\n')
    if (path.endsWith('.ts') && lines.length > MAX_LINES + 1) {
      const length = lines.length - 1
      report(`${path}:${MAX_LINES + 1}`, `${length} lines, over ${MAX_LINES}: split it by concept`)
    }
    lines.forEach((line, at) => {
      const problem = problemOf(path, line, lines[at - 1] ?? '')
      if (problem) report(`${path}:${at + 1}`, problem)
    })
  }
}

/** Checks that no folder is a heap. */
export function checkFolders(files: readonly RepositoryFile[], report: Report): void {
  const sizes = new Map<string, number>()
  for (const { path } of files) {
    if (!path.endsWith('.ts') || path.includes('/fixtures/')) continue
    const folder = posix.dirname(path)
    sizes.set(folder, (sizes.get(folder) ?? 0) + 1)
  }
  for (const [folder, size] of sizes) {
    if (size > MAX_FILES) report(folder, `${size} files, over ${MAX_FILES}: make rooms of it`)
  }
}

/** Checks that core stays on Web APIs, and that zod loads with the schema alone. */
export function checkModules(graph: ImportGraph, report: Report): void {
  for (const [path, imports] of graph) {
    if (!path.startsWith('packages/core/src/')) continue
    for (const { specifier, isType } of imports) {
      if (specifier.startsWith('node:') && !NODE.test(path)) {
        report(path, `imports ${specifier}, but core is for Web APIs only: move it to src/node/`)
      }
      if (specifier === 'zod' && !ZOD.test(path) && !(isType && ZOD_TYPES.test(path))) {
        report(path, 'imports zod, which loads with the schema entry alone')
      }
    }
  }
}

function problemOf(path: string, line: string, before: string): string | undefined {
  if (!path.startsWith('scripts/')) {
    if (SECRETS.test(line)) return 'a path of a machine or the host of a registry: leave it out'
    if (/\bvi\.waitFor\(/.test(line)) {
      return 'tests wait with expect.poll, whose limit vitest.config.ts sets for slow machines'
    }
  }
  if (!SOURCE.test(path)) return undefined
  if (BOUND_LIMIT.test(line)) {
    return 'SQLite compiles a statement anew for each value of LIMIT ?: write LIMIT ? + 0'
  }
  const watches = path.startsWith('packages/core/') || path.startsWith('packages/adapters/')
  if (watches && !ITERATES.test(path) && WATCHING.test(line)) {
    return "watching a user's stream belongs to core's taps: use tapIterable or wrapFetch"
  }
  if (EXPORTED.test(line) && !before.trim().endsWith('*/')) {
    return 'an exported symbol needs its contract in TSDoc'
  }
  return undefined
}
