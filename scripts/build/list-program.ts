// The program that lists a log, in one file: most of what a list takes is finding and loading a hundred modules.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type OnResolveArgs, type Plugin } from 'esbuild'
import type { Package } from '../packages.ts'

/** Packages of which the program has the modules in itself. */
const TAKEN_IN = /^@slm-audit\/(core|sqlite)(\/|$)/
const OF_PACKAGE = /\/(core|journals\/sqlite)\/dist\/[^/]+\.js$/

/**
 * Builds `dist/list/run-cli.js` of the command line out of what is in `dist` already. What is loaded on demand stays where
 * it is, and so does what belongs to another package's folder: its threads, and the drivers that are installed beside it.
 */
export async function listProgram(all: readonly Package[]): Promise<void> {
  const program = all.find(({ name }) => name === 'slm-audit')
  if (!program) throw new Error('there is no package slm-audit')
  const dist = resolve(program.folder, 'dist')
  await build({
    entryPoints: [join(dist, 'run-cli.js')],
    outfile: join(dist, 'list/run-cli.js'),
    bundle: true,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    sourcemap: true,
    logLevel: 'error',
    plugins: [modulesOf(all, dist)]
  })
}

function modulesOf(all: readonly Package[], dist: string): Plugin {
  const builtOf = (path: string) => {
    const owner = all.find(({ name }) => path === name || path.startsWith(`${name}/`))
    const entry = owner?.manifest.publishConfig.exports[`.${path.slice(owner.name.length)}`]
    if (!owner || !entry) throw new Error(`${path} is no entry of a package`)
    return resolve(owner.folder, typeof entry === 'string' ? entry : entry.default)
  }
  const resolved = ({ path, kind, resolveDir }: OnResolveArgs) => {
    if (kind === 'entry-point') return undefined
    const isList = /^\.\/list-\w+\.js$/.test(path)
    const isOnDemand = kind === 'dynamic-import' && !isList
    if (path.startsWith('.')) {
      const isCommand = isOnDemand && resolveDir === dist
      return isCommand ? { path: `.${path}`, external: true } : undefined
    }
    if (!isOnDemand && TAKEN_IN.test(path)) return { path: builtOf(path) }
    return { path, external: true }
  }
  return {
    name: 'modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, resolved)
      // A package finds its threads and its drivers from where it is installed.
      onLoad({ filter: OF_PACKAGE }, ({ path }) => {
        const name = path.includes('/sqlite/') ? '@slm-audit/sqlite' : '@slm-audit/core'
        const code = readFileSync(path, 'utf8')
        return { contents: code.replaceAll('import.meta.url', `import.meta.resolve('${name}')`) }
      })
    }
  }
}
