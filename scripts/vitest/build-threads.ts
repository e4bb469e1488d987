// Vitest's global set-up: bundles the threads of the packages, each into one file, and the command line, as they are built for
// users. A program that loads some 350 modules of TypeScript by itself takes five times the processor time to start, and tests
// start thousands.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { TestProject } from 'vitest/node'
import { entriesOf, packages } from '../packages.ts'
import { builtProgram, builtThread, PROGRAM } from './built-thread.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** Programs that Node loads for them; each is found from where the thread's package is. */
const LOADED = ['better-sqlite3', 'better-sqlite3-multiple-ciphers', 'pg']
const OF_NODE_OR_OURS = /^(node:|@?slm-audit(\/|$))/
const FORM = {
  bundle: true,
  write: false,
  format: 'esm',
  target: 'node22',
  platform: 'node',
  logLevel: 'error'
} as const

/** Bundles them before the first test, and again whenever tests are run again. */
export async function setup(project: TestProject): Promise<void> {
  const { config } = project
  project.onTestsRerun(buildAll)
  // Node programs that tests start, too.
  const used = new URL('use-built-threads.ts', import.meta.url).href
  const { NODE_OPTIONS: given = '' } = process.env
  config.env = { ...config.env, NODE_OPTIONS: `${given} --import=${used}` }
  await buildAll()
}

async function buildAll(): Promise<void> {
  const threads = packages()
    .flatMap(entriesOf)
    .filter((path) => path.endsWith('worker.ts'))
  await Promise.all([...threads.map((path) => buildThread(join(ROOT, path))), buildProgram()])
}

async function buildThread(source: string): Promise<void> {
  const { outputFiles } = await build({ ...FORM, entryPoints: [source], external: LOADED })
  put(builtThread(source), outputFiles[0]?.text ?? '')
}

/** The command line, with what it loads on demand in files of its own. */
async function buildProgram(): Promise<void> {
  const source = join(ROOT, PROGRAM)
  const { outputFiles } = await build({
    ...FORM,
    entryPoints: [source],
    outdir: dirname(builtProgram(ROOT)),
    splitting: true,
    plugins: [asFromSources]
  })
  // What it loads is there before it is.
  for (const { path, text } of outputFiles.toReversed()) put(path, text)
}

/** Modules are told where their sources are, and packages of others are loaded from where these find them. */
const asFromSources: Plugin = {
  name: 'as-from-sources',
  setup({ onLoad, onResolve, resolve: find }) {
    onLoad({ filter: /\/packages\/.*\/src\/.*\.ts$/ }, ({ path }) => {
      const url = JSON.stringify(pathToFileURL(path).href)
      const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', url)
      return { contents, loader: 'ts' }
    })
    onResolve({ filter: /^[^./]/ }, async (asked) => {
      if (asked.pluginData === find || OF_NODE_OR_OURS.test(asked.path)) return undefined
      const { kind, importer, resolveDir } = asked
      const found = await find(asked.path, { kind, importer, resolveDir, pluginData: find })
      const isFile = found.errors.length === 0 && !found.external
      return { path: isFile ? pathToFileURL(found.path).href : asked.path, external: true }
    })
  }
}

function put(path: string, text: string): void {
  // Another run may be reading it.
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, text)
  renameSync(`${path}.${process.pid}`, path)
}
