// The program of the commands that read a log, in one file: most of what they take is finding and loading a hundred modules.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build, type OnResolveArgs, type Plugin } from 'esbuild'
import type { Package } from '../packages.ts'

/** Packages of which the program has the modules in itself. */
const TAKEN_IN = /^(@slm-audit\/(core|sqlite)|commander)(\/|$)/
const OF_PACKAGE = /\/packages\/(core|journals\/sqlite)\/src\/.*\.ts$/
/**
 * Modules of Node's that few commands use, and that take a fifth of a command's time to load: each function loads its module
 * when it is called. Nothing may be imported from them but functions.
 */
const LATE = /^node:(child_process|crypto|net)$/

const LATE_CRYPTO =
  'const lateCrypto = { randomUUID: () => crypto.randomUUID(), getRandomValues: (bytes) => crypto.getRandomValues(bytes) }'
/** Other members with getters are deprecated, or load something. */
const WITH_GETTERS = new Set(['AsyncLocalStorage'])

/** Modules that are loaded on demand, and where: what shares modules with them would not be in one file. */
const ON_DEMAND: { readonly [path: string]: string } = {
  './csv.ts': './csv.js',
  './journal.ts': '@slm-audit/sqlite'
}

/**
 * Builds `run-quick.js` of the command line, into a folder of its package. Other packages stay where they are, and so do threads and drivers of
 * packages that are taken in.
 */
export async function quickProgram(all: readonly Package[], folder = 'dist/quick'): Promise<void> {
  const program = all.find(({ name }) => name === 'slm-audit')
  if (!program) throw new Error('there is no package slm-audit')
  const licence = readFileSync(join(program.folder, 'node_modules/commander/LICENSE'), 'utf8')
  const { metafile } = await build({
    entryPoints: ['run-quick.ts', 'export/csv.ts'].map((path) => join(program.folder, 'src', path)),
    entryNames: '[name]',
    outdir: join(program.folder, folder),
    bundle: true,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    sourcemap: true,
    metafile: true,
    logLevel: 'error',
    // As commander's licence asks for; and what core asks of the runtime at once, when it is used.
    banner: { js: `/*!\n${licence}*/\n${LATE_CRYPTO}` },
    define: { 'globalThis.crypto': 'lateCrypto' },
    plugins: [modules]
  })
  for (const { imports } of Object.values(metafile.outputs)) {
    const lost = imports.find(({ path }) => path.endsWith('.ts'))
    if (lost) throw new Error(`say in ON_DEMAND from where ${lost.path} is loaded`)
    const more = imports.find(({ kind }) => kind === 'import-statement')
    if (more) throw new Error(`quick commands would load all of ${more.path}; import it on demand`)
  }
}

const modules: Plugin = {
  name: 'modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node' }))
    onResolve({ filter: /.*/ }, ({ path, kind }: OnResolveArgs) => {
      if (kind === 'entry-point') return undefined
      if (kind === 'dynamic-import' && path.startsWith('.'))
        return { path: ON_DEMAND[path] ?? path, external: true }
      const isTakenIn = kind === 'import-statement' && TAKEN_IN.test(path)
      return isTakenIn || path.startsWith('.') ? undefined : { path, external: true }
    })
    onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({ contents: moduleOfNode(path) }))
    // A package finds its threads and its drivers from where it is installed.
    onLoad({ filter: OF_PACKAGE }, async ({ path }) => {
      const name = path.includes('/sqlite/') ? '@slm-audit/sqlite' : '@slm-audit/core'
      const code = await readFile(path, 'utf8')
      const contents = code.replaceAll('import.meta.url', `import.meta.resolve('${name}')`)
      return { contents, loader: 'ts' }
    })
  }
}

/**
 * A module that gives what one of Node's has. An `import` of Node's own would ask for each of its members, some of which load
 * other modules.
 */
function moduleOfNode(path: string): string {
  const isLate = LATE.test(path)
  const original: object = createRequire(import.meta.url)(path)
  const members = Object.entries(Object.getOwnPropertyDescriptors(original)).filter(
    ([name, { get }]) => (get === undefined || WITH_GETTERS.has(name)) && name !== 'default'
  )
  const late = members
    .filter(([, { value }]) => isLate && typeof value === 'function')
    .map(([name]) => `export const ${name} = (...values) => module().${name}(...values)`)
  const early = members.map(([name]) => `export const ${name} = /* @__PURE__ */ member('${name}')`)
  return [
    `const module = () => process.getBuiltinModule('${path}')`,
    'const member = (name) => module()[name]',
    'export default new Proxy({}, { get: (_, name) => member(name) })',
    ...(isLate ? late : early)
  ].join('\n')
}
